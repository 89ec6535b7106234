// Shows a page of our own where there is no network. It keeps nothing else: rankings are only worth something new.
// Another version or language makes another worker, which keeps the page anew.

const KEPT = "trendsite-offline-{{ version }}-{{ LANGUAGE_CODE }}";
const PAGE = "{% url "offline" %}";

self.addEventListener("install", (event) => {
  event.waitUntil(keep().then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(forgetOlder().then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  if (event.request.mode === "navigate") event.respondWith(answer(event.request));
});

async function keep() {
  const kept = await caches.open(KEPT);
  await kept.add(new Request(PAGE, { cache: "reload" }));
}

async function forgetOlder() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith("trendsite-offline-") && name !== KEPT).map((name) => caches.delete(name)));
}

async function answer(request) {
  try {
    return await fetch(request);
  } catch (error) {
    const page = await caches.match(PAGE);
    if (page) return page;
    throw error;
  }
}
