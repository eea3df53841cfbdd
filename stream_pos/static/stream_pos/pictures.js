// Previews a picture when its file is chosen, and warns of a file that would be refused.
"use strict";

(() => {
  const TOO_MANY_BYTES = 25_000_000; // The limits of the server.
  const SHORTEST_PX = 320;
  const LONGEST_PX = 6000;

  const problemOf = (file, bitmap) => {
    if (file.size >= TOO_MANY_BYTES) {
      return `This file has ${(file.size / 1e6).toFixed(1)} MB, and a picture must be under 25 MB.`;
    }
    if (!bitmap) return "This file is not a picture that can be shown here.";
    const sides = [bitmap.width, bitmap.height];
    if (Math.min(...sides) < SHORTEST_PX || Math.max(...sides) > LONGEST_PX) {
      return `This picture has ${sides.join(" × ")} pixels; each side must be 320 to 6,000.`;
    }
    return "";
  };

  const show = (preview, bitmap) => {
    const canvas = document.createElement("canvas");
    canvas.className = "sp-picture sp-picture--new";
    canvas.width = canvas.height = 112;
    const scale = Math.max(canvas.width / bitmap.width, canvas.height / bitmap.height);
    const [width, height] = [bitmap.width * scale, bitmap.height * scale];
    const [left, top] = [(canvas.width - width) / 2, (canvas.height - height) / 2];
    canvas.getContext("2d").drawImage(bitmap, left, top, width, height);
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", "The chosen picture, not saved yet");
    preview.replaceWith(canvas);
  };

  const read = async (input) => {
    const file = input.files[0];
    input.setCustomValidity("");
    if (!file) return;
    const isSmall = file.size < TOO_MANY_BYTES;
    const bitmap = isSmall ? await createImageBitmap(file).catch(() => null) : null;
    if (input.files[0] !== file) return; // Another file was chosen in the meantime.
    const problem = problemOf(file, bitmap);
    input.setCustomValidity(problem);
    if (problem) return input.reportValidity();
    const address = input.closest("tr").querySelector("input[type=url]");
    if (address && address.value !== address.defaultValue) address.value = address.defaultValue;
    show(input.closest("tr").querySelector(".sp-picture"), bitmap);
  };

  document.addEventListener("change", (event) => {
    if (event.target.matches("input.sp-picture-file")) read(event.target);
  });
})();
