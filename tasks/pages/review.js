const AHEAD = 6; // items whose pictures are loaded before they are asked for
const SPLITS = 100; // disagreements on the page at a time
const KEYS = { a: "accept", r: "reject", s: "skip", u: "undo", ArrowRight: "accept", ArrowLeft: "reject", ArrowDown: "skip", ArrowUp: "undo" };
const find = (selector) => document.querySelector(selector);
const state = { kind: "pair", items: [], at: 0, done: 0, skipped: 0, pending: 0, last: Promise.resolve() };
const pictures = new Map(); // face_id -> an image that is loading or decoded

const current = () => state.items[state.at];

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

async function ask(address, body) {
  const post = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  const answer = await fetch(address, body ? post : {});
  if (!answer.ok) throw Object.assign(new Error(await answer.text()), { status: answer.status });
  return answer.json();
}

// One thing after the other; what goes wrong is said above the pictures.
function queue(work) {
  state.pending += 1;
  state.last = state.last.then(work).then(() => { find("#fault").hidden = true; }, tell).finally(() => { state.pending -= 1; });
  return state.last;
}

// A key that comes before its pictures are shown would decide on what nobody has seen.
const decided = (work) => state.pending || queue(work);

function tell(fault) {
  const gone = "The page's server does not answer; nothing was stored. Start it again, then repeat.";
  find("#fault").textContent = fault instanceof TypeError ? gone : fault.message;
  find("#fault").hidden = false;
}

// The element itself is kept and shown: what is never stored by the browser would be fetched again.
function picture(face) {
  if (!pictures.has(face)) {
    const image = element("img", { src: `faces/${face}`, alt: "", width: 256, height: 256 });
    image.ready = image.decode().catch(() => { image.gone = true; image.alt = "this face has left the collection"; });
    pictures.set(face, image);
  }
  return pictures.get(face);
}

const faces = (item) => [item.photo, item.anime].filter(Boolean);
const seen = (item) => faces(item).every((face) => !picture(face).gone);

function preload() {
  const near = state.items.slice(Math.max(0, state.at - 2), state.at + 1 + AHEAD).flatMap(faces);
  const kept = new Set(near);
  for (const [face, image] of pictures) if (!kept.has(face) || image.gone) pictures.delete(face); // to be asked for again
  near.forEach(picture);
}

async function show() {
  const item = current();
  preload();
  if (item) await Promise.all(faces(item).map((face) => picture(face).ready));
  find("#over").hidden = Boolean(item);
  for (const part of ["#pictures", "#facts", "#options"]) find(part).replaceChildren();
  if (item) (item.kind === "pair" ? showPair : showLabel)(item);
  else showEnd();
  count();
  document.body.dataset.of = item ? item.of : "";
}

function figure(face, caption) {
  const image = picture(face);
  image.alt ||= caption;
  return element("figure", {}, image, element("figcaption", { textContent: caption, hidden: !caption }));
}

function showPair(item) {
  find("#pictures").className = "two";
  find("#pictures").append(figure(item.photo, "photo"), figure(item.anime, "drawing"));
  const ranks = ["", "assigned to this photo", "second choice", "third choice"];
  const score = element("li", { className: "score" }, element("b", { textContent: item.score.toFixed(2) }), ` ${ranks[item.rank] ?? `choice ${item.rank}`}`);
  const why = item.reasons.split(/[,;] /).filter(Boolean).map((reason) => element("li", { textContent: reason, className: reason.endsWith("differs") ? "apart" : "" }));
  const rows = Object.entries(item.labels).map(([name, both]) => {
    const row = element("tr", { className: both[0] !== both[1] && !both.includes("unknown") ? "apart" : "" });
    const [left, right] = both.map((value) => element("td", value === "unknown" ? { textContent: "–", className: "unknown" } : { textContent: value }));
    row.append(left, element("th", { scope: "row", textContent: name }), right);
    return row;
  });
  find("#facts").append(element("ul", { className: "why" }, score, ...why), element("table", { className: "compared" }, element("tbody", {}, ...rows)));
  find("#options").append(element("span", { textContent: "Reject because of" }), ...item.options.map((reason, place) => option(reason, place, () => decide("reject", reason))));
}

function showLabel(item) {
  find("#pictures").className = "one";
  find("#pictures").append(figure(item.photo, ""));
  const sure = `${Math.round(item.score * 100)} % sure · ${item.origin || "no origin"}`;
  const question = element("p", { className: "question" }, `${item.attribute}: `, element("b", { textContent: item.value }), "?", element("small", { textContent: sure }));
  find("#facts").append(question);
  const choices = item.options.length ? item.options.map((value, place) => choice(item, value, place)) : [typed(item)];
  find("#options").append(...choices);
}

function option(name, place, act) {
  const button = element("button", { type: "button", textContent: name, onclick: act });
  if (place < 10) button.append(element("kbd", { textContent: (place + 1) % 10 }));
  return button;
}

function choice(item, value, place) {
  const button = option(value, place, () => decide("accept", value));
  button.ariaCurrent = String(value === item.value);
  return button;
}

function typed(item) {
  const field = element("input", { inputMode: "numeric", value: item.value, ariaLabel: item.attribute });
  field.onkeydown = (event) => { if (event.key === "Enter") decide("accept", field.value.trim()); };
  return field;
}

function showEnd() {
  find("#over p").textContent = state.done ? `${state.done} decided. \`selfie2anime refresh\` takes them in.` : "There is no candidate of this kind.";
  find("#again").hidden = !state.skipped;
  find("#again").textContent = `Look at the ${state.skipped} skipped`;
}

function count() {
  const left = state.items.length - state.at;
  find(`[data-kind=${state.kind}] span`).textContent = left;
  find("progress").max = state.done + left || 1;
  find("progress").value = state.done;
  const asked = current();
  find("[data-act=reject]").hidden = state.kind !== "pair";
  find("[data-act=accept] span").textContent = state.kind === "pair" ? "Accept" : "Confirm";
  find("[data-act=skip]").disabled = !asked;
  const blind = !asked || !seen(asked); // nobody can decide on what is not shown
  for (const part of document.querySelectorAll("[data-act=accept], [data-act=reject], #options button, #options input")) part.disabled = blind;
}

function decide(act, value = "") {
  const item = current();
  if (!item || (act === "reject" && item.kind !== "pair") || (act !== "skip" && !seen(item))) return;
  const chosen = item.kind === "label" && act === "accept" && !value ? find("#options input")?.value.trim() || item.value : value;
  decided(async () => {
    const { of, at, done, skipped } = await ask("decisions", { kind: item.kind, of: item.of, act, value: chosen });
    mine([...mine(), { of, at }]);
    Object.assign(state, { done, skipped });
    state.at += 1;
    await passOver();
    await show();
  });
}

// What this tab decided, the last at the end, also after a reload: another tab takes back its own.
function mine(decisions) {
  const place = `decided by ${state.reviewer}: ${state.kind}`;
  if (decisions) sessionStorage.setItem(place, JSON.stringify(decisions));
  return decisions ?? JSON.parse(sessionStorage.getItem(place) ?? "[]");
}

// Somebody else may have decided what comes next since it was put on this page. A server that left stops nothing here:
// what was stored is stored, and the next decision says so.
async function passOver() {
  const open = (item) => ask(`open/${state.kind}/${item.of}`).catch(() => true);
  while (current() && !(await open(current()))) state.items.splice(state.at, 1);
}

const undo = () => decided(async () => {
  const last = mine().at(-1);
  if (!last) throw new Error("Nothing that was decided on this page is left to take back.");
  const back = await ask(`undo/${state.kind}`, last).catch((fault) => {
    if (fault.status === 400) mine(mine().slice(0, -1)); // it never will be this page's again
    throw fault;
  });
  mine(mine().slice(0, -1));
  Object.assign(state, { done: back.done, skipped: back.skipped });
  if (last.of === state.items[state.at - 1]?.of) state.at -= 1;
  else if (back.item) state.items.splice(state.at, 0, back.item);
  await show();
});

const act = (name) => (name === "undo" ? undo() : decide(name));

async function load(again = false) {
  const found = await ask(`queue/${state.kind}?again=${again}`);
  Object.assign(state, found, { at: 0 });
  find("#who").textContent = found.reviewer;
  await show();
}

function turn(kind) {
  state.kind = kind;
  for (const tab of document.querySelectorAll("[data-kind]")) tab.ariaPressed = String(tab.dataset.kind === kind);
  history.replaceState(null, "", `#${kind}`); // a reload stays where it was
  return load();
}

async function agreement() {
  const found = await ask("agreement");
  const rows = found.agreements.map((one) => element("tr", {},
    element("td", { textContent: `${one.one}, ${one.other}` }),
    element("td", { textContent: one.about }),
    element("td", { textContent: one.n }),
    element("td", { textContent: one.kappa === null ? "–" : one.kappa.toFixed(2).replace("-", "−") }, ...(one.enough ? [] : [element("small", { textContent: "needs more" })]))));
  const head = element("tr", {}, ...["between", "about", "n", "κ"].map((name) => element("th", { scope: "col", textContent: name })));
  const note = found.agreements.length ? "Cohen's κ over what both decided: 1 is full agreement, 0 no more than by chance." : "Once two people have decided on the same pairs, it says here how far they agree.";
  const splits = found.disagreements.slice(0, SPLITS).map((one) => {
    const said = Object.entries(one.said).map(([name, word]) => `${name}: ${word}`).join(", ");
    return element("button", { type: "button", className: "split", onclick: () => revisit(one.item) },
      ...faces(one.item).map((face) => element("img", { loading: "lazy", src: `faces/${face}`, alt: "" })), element("span", { textContent: one.kind === "label" ? `${one.item.attribute} — ${said}` : said }));
  });
  const many = found.disagreements.length;
  const first = many > SPLITS ? ` These are the first ${SPLITS}.` : "";
  const below = many ? [element("h2", { textContent: `Disagreements (${many})` }), element("p", { textContent: `They stay as they are until all agree. Choose one to decide it again.${first}` }), ...splits] : [];
  find("#agreement").replaceChildren(element("h2", { textContent: "Agreement" }), element("p", { textContent: note }), ...(rows.length ? [element("table", {}, element("thead", {}, head), element("tbody", {}, ...rows))] : []), ...below);
}

function fold(away) {
  find("#agreement").hidden = away;
  find("#agree").ariaExpanded = String(!away);
}

const revisit = (item) => queue(async () => {
  if (item.kind !== state.kind) await turn(item.kind);
  state.items.splice(state.at, 0, item);
  if (matchMedia("(max-width: 46rem)").matches) fold(true); // there it lies over the pictures
  await show();
});

find("#agree").onclick = () => queue(async () => {
  const shown = find("#agreement").hidden;
  if (shown) await agreement();
  fold(!shown);
});
find("#again").onclick = () => queue(() => load(true));
for (const tab of document.querySelectorAll("[data-kind]")) tab.onclick = () => queue(() => turn(tab.dataset.kind));
for (const button of document.querySelectorAll("[data-act]")) button.onclick = () => act(button.dataset.act);

document.addEventListener("keydown", (event) => {
  if (event.repeat || event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input")) return;
  const place = "1234567890".indexOf(event.key);
  const named = KEYS[event.key] ?? KEYS[event.key.toLowerCase()];
  if (place >= 0) find("#options").querySelectorAll("button")[place]?.click();
  else if (named) act(named);
  else return;
  event.preventDefault();
});

const here = location.hash === "#label" ? "label" : "pair";
const there = here === "pair" ? "label" : "pair";
queue(() => turn(here));
ask(`queue/${there}`).then((found) => { find(`[data-kind=${there}] span`).textContent = found.items.length; }, tell);
