const fields = [...document.querySelectorAll("[data-attribute]")];
const save = document.querySelector("button");
const changed = () => fields.filter((field) => field.value.trim() !== field.dataset.value);

// A browser may restore what was chosen before a reload: count from the fields, not from events.
function count() {
  const number = changed().length;
  fields.forEach((field) => field.parentElement.classList.toggle("changed", field.value.trim() !== field.dataset.value));
  document.querySelector("output").textContent = number ? `${number} changed` : "no changes";
  save.disabled = !number;
}

function download() {
  const lines = changed().map((field) => [field.dataset.image, field.dataset.attribute, field.value.trim()].join(","));
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([["image,attribute,value", ...lines, ""].join("\n")], { type: "text/csv" }));
  link.download = "labels.csv";
  link.click();
}

document.addEventListener("input", count);
save.addEventListener("click", download);
window.addEventListener("pageshow", count);
