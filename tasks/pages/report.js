// Sliders that lay a drawing over its photo, switches of the drawing, and lists shown one at a time.
"use strict";

const PRINTED = 4; // faces of each list that are on paper
const album = JSON.parse(document.getElementById("album").textContent);
document.querySelectorAll("img[data-p][src]").forEach((image) => (album[image.dataset.p] = image.src));

function show(image) {
  const address = album[image.dataset.p];
  if (address && image.getAttribute("src") !== address) image.src = address;
  image.hidden = !address;
}

function fill(part, most = Infinity) {
  part.querySelectorAll(".face").forEach((face, at) => at < most && face.querySelectorAll("img").forEach(show));
}

function cut(slider) {
  slider.parentElement.style.setProperty("--cut", 100 - slider.value + "%");
}

document.querySelectorAll(".stage input").forEach((slider) => {
  slider.addEventListener("input", () => cut(slider));
  cut(slider);
});

document.querySelectorAll(".switch").forEach((controls) => {
  const part = document.getElementById(controls.dataset.for);
  controls.hidden = false;
  controls.querySelectorAll("input[type=radio]").forEach((choice) =>
    choice.addEventListener("change", () => {
      part.querySelectorAll("img.over").forEach((image) => {
        image.dataset.p = image.dataset.p.replace(/-.*/, "-" + choice.value);
        if (image.hasAttribute("src")) show(image);
      });
    })
  );
  controls.querySelector(".all input").addEventListener("input", (event) =>
    part.querySelectorAll(".stage input").forEach((slider) => {
      slider.value = event.target.value;
      cut(slider);
    })
  );
});

document.querySelectorAll("select[data-chooses]").forEach((select) => {
  const boards = [...document.getElementById(select.dataset.chooses).children];
  const choose = () =>
    boards.forEach((board) => {
      board.hidden = board.dataset.board !== select.value;
      if (!board.hidden) fill(board);
    });
  select.closest(".controls").hidden = false;
  select.addEventListener("change", choose);
  boards.forEach((board) => fill(board, PRINTED)); // paper has no select: it shows the first ones of each
  choose();
});

document.querySelectorAll("details.kind").forEach((part) => {
  fill(part, part.open ? Infinity : PRINTED);
  part.addEventListener("toggle", () => fill(part));
});
addEventListener("beforeprint", () => {
  document.querySelectorAll("details").forEach((part) => (part.open = true));
  document.querySelectorAll("img[loading]").forEach((image) => (image.loading = "eager"));
});
