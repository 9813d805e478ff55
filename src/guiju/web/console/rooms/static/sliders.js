// What stands beside a slider follows while it moves; the answer of the server takes its place when it has come.
addEventListener("input", ({target}) => {
  const shown = target.type === "range" && document.getElementById(`at-${target.name}`)?.querySelector("b[data-kind]")
  if (!shown) return
  const {kind, unit} = shown.dataset, value = Number(target.value)
  shown.textContent = kind === "day"
    ? new Date(value * 864e5).toISOString().slice(0, 10)
    : value.toLocaleString("en-US", {maximumFractionDigits: 4}) + unit
  shown.classList.add("moving")
})
// Whoever does not see the page is told, too, that an answer is on its way.
addEventListener("htmx:before:request", () => document.getElementById("answer")?.setAttribute("aria-busy", "true"))
addEventListener("htmx:finally:request", () => document.getElementById("answer")?.removeAttribute("aria-busy"))
