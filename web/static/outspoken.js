// Keys for those who judge many: each key does what the element with its data-key does when it is clicked.
"use strict";

const typing = (element) => element.matches("input, textarea, select, [contenteditable]");

const use = (element) => {
  if (element.tagName === "DETAILS") {
    element.open = true;
    const first = element.querySelector("[data-first]");
    if (first) first.focus();
  } else if (element.matches("input")) {
    element.focus();
    element.select();
  } else {
    element.click();
  }
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (event.key === "Escape") {
    const open = event.target.closest("details.act[open]");
    if (open) {
      open.open = false;
      open.querySelector("summary").focus();
    }
    return;
  }
  if (typing(event.target) || !/^[a-z/]$/.test(event.key)) return;
  const element = document.querySelector(`[data-key="${event.key}"]`);
  if (element) {
    event.preventDefault();
    use(element);
  }
});

// a verdict that is pressed twice is one
document.addEventListener("submit", (event) => {
  if (event.target.method === "post") {
    for (const button of event.target.querySelectorAll("button")) button.disabled = true;
  }
});
window.addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll("button:disabled")) button.disabled = false;
});

// filters stand open where there is room for them
if (window.matchMedia("(min-width: 60rem)").matches) {
  for (const details of document.querySelectorAll("[data-open-wide]")) details.open = true;
}

// the one that is looked at is in sight, also in a long queue
const current = document.querySelector(".queue [aria-current]");
if (current) {
  const list = current.closest(".queue");
  list.scrollTop = current.offsetTop - list.clientHeight / 3;
}
