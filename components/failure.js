// Draws the page again once the portal is ready: asked with growing waits, at different moments in
// different windows, and by nobody who isn't looking.
const known = new Set()

export default function ({ data, setTriggerValue }) {
  if (known.has(data.once)) return
  known.add(data.once)
  let wait = data.wait
  let timer
  const later = () => (timer = setTimeout(look, wait * (500 + 1000 * Math.random())))
  async function look() {
    if (document.hidden) {
      document.addEventListener("visibilitychange", look, { once: true })
      return
    }
    const answer = await fetch("/readyz", { cache: "no-store" }).catch(() => undefined)
    if (answer?.ok) return setTriggerValue("again", true)
    wait = Math.min(2 * wait, data.longest)
    later()
  }
  later()
  return () => {
    clearTimeout(timer)
    document.removeEventListener("visibilitychange", look)
  }
}
