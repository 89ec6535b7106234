// The choice of the page's language: at once, and back to exactly this view.

const form = document.querySelector("form.language");
form?.elements.language.addEventListener("change", () => {
  const here = new URL(location.href);
  here.searchParams.delete("lang");
  form.elements.next.value = `${here.pathname}${here.search}${here.hash}`;
  form.submit();
});
