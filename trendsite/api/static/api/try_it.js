// Sends requests from the page of the API: each form's fields become an address, a curl command, and the real answer.

import { formatNumber, gettext } from "../site/translation.js";

/** More of an answer is not shown, nor read. */
const MOST_BYTES = 200_000;
const PATIENCE_MS = 30_000;
const HEADERS = ["Content-Type", "Content-Disposition", "Cache-Control", "ETag", "RateLimit", "Retry-After"];

/** The address of a form's fields: those of the path in their place, the others as query, empty ones left out. */
function addressOf(form) {
  let path = form.dataset.path;
  const query = new URLSearchParams();
  for (const [name, value] of new FormData(form)) {
    if (path.includes(`{${name}}`)) path = path.replace(`{${name}}`, () => encodeURIComponent(value));
    else if (value !== "") query.append(name, value);
  }
  const text = String(query).replaceAll("%2C", ",");
  return path + (text && `?${text}`);
}

/** A command for shells, in single quotes, in which nothing has a meaning. */
function curlOf(form) {
  const address = new URL(addressOf(form), location.href).href;
  return `curl '${address.replaceAll("'", "%27")}'`;
}

/** The beginning of an answer as text, and whether it is all of it. */
async function readSome(response) {
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  let read = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return { text: text + decoder.decode(), read, isWhole: true };
    read += value.byteLength;
    text += decoder.decode(value, { stream: true });
    if (read > MOST_BYTES) {
      await reader.cancel();
      return { text, read, isWhole: false };
    }
  }
}

/** JSON with a line for each field; a list of plain values is one line, because an answer can have hundreds. */
function pretty(value, indent = "") {
  const inner = `${indent}  `;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (Array.isArray(value)) {
    if (!value.some((part) => part !== null && typeof part === "object")) {
      return `[${value.map((part) => JSON.stringify(part)).join(", ")}]`;
    }
    return `[\n${value.map((part) => inner + pretty(part, inner)).join(",\n")}\n${indent}]`;
  }
  const fields = Object.entries(value).map(([name, part]) => `${inner}${JSON.stringify(name)}: ${pretty(part, inner)}`);
  return fields.length > 0 ? `{\n${fields.join(",\n")}\n${indent}}` : "{}";
}

function bodyOf(text, type) {
  if (type.includes("parquet")) return "";
  if (!type.includes("json")) return text;
  try {
    return pretty(JSON.parse(text));
  } catch {
    return text; // only its beginning was read
  }
}

async function send(form) {
  const began = performance.now();
  const response = await fetch(addressOf(form), { signal: AbortSignal.timeout(PATIENCE_MS) });
  const { text, read, isWhole } = await readSome(response);
  const type = response.headers.get("Content-Type") ?? "";
  const values = {
    status: `${response.status} ${response.statusText}`.trim(),
    ms: formatNumber(performance.now() - began),
    bytes: formatNumber(read),
  };
  const words = isWhole
    ? gettext("{status} in {ms} ms, {bytes} bytes", values)
    : gettext("{status}, the first {bytes} bytes in {ms} ms", values);
  show(form, words, response.headers, bodyOf(text, type));
}

function show(form, words, headers, body) {
  form.querySelector(".sent").textContent = words;
  const list = form.querySelector(".headers");
  list.replaceChildren(
    ...HEADERS.filter((name) => headers?.has(name)).flatMap((name) => {
      const [term, value] = [document.createElement("dt"), document.createElement("dd")];
      term.textContent = name;
      value.textContent = headers.get(name);
      return [term, value];
    }),
  );
  list.hidden = list.childElementCount === 0;
  const shown = form.querySelector(".body");
  shown.textContent = body;
  shown.hidden = body === "";
}

for (const form of document.querySelectorAll("form.try")) {
  const command = form.querySelector(".curl code");
  const write = () => {
    command.textContent = curlOf(form);
  };
  write();
  form.hidden = false;
  form.addEventListener("input", write);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("[type=submit]");
    button.disabled = true;
    await send(form).catch(() => show(form, gettext("No answer: the site cannot be reached."), null, ""));
    button.disabled = false;
  });
}
