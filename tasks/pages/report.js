// Sliders that lay the photo over a drawing, and a viewer for any drawing of the page.
"use strict";

function slide(figure) {
  const range = figure.querySelector("input");
  const stage = figure.querySelector(".stage");
  const show = () => stage.style.setProperty("--cut", range.value + "%");
  const follow = (event) => {
    const box = stage.getBoundingClientRect();
    range.value = Math.round((100 * (event.clientX - box.left)) / box.width);
    show();
  };
  range.addEventListener("input", show);
  stage.addEventListener("pointerdown", (event) => {
    stage.setPointerCapture(event.pointerId);
    follow(event);
  });
  stage.addEventListener("pointermove", (event) => {
    if (event.pointerType === "mouse" || event.buttons) follow(event);
  });
  show();
}

const viewer = document.getElementById("viewer");
document.querySelectorAll(".compare").forEach(slide);
document.querySelectorAll("button.open").forEach((button) =>
  button.addEventListener("click", () => {
    const drawing = button.querySelector("img");
    const photo = button.closest(".strip").querySelector("img");
    const [under, over] = viewer.querySelectorAll(".stage img");
    [under.src, under.alt, over.src, over.alt] = [drawing.src, drawing.alt, photo.src, photo.alt];
    viewer.querySelector(".name").textContent = drawing.alt;
    viewer.showModal();
  })
);
viewer.addEventListener("click", (event) => {
  if (event.target === viewer) viewer.close();
});
addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((part) => (part.open = true)));
