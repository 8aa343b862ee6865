// What is said aloud to readers who listen to the page.

export function speak(text) {
  document.querySelector("#spoken").textContent = text;
}
