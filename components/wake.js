// Asks for this part of the page to be drawn again when the client's records are newer than what
// it shows, or time has passed.
const PATIENCE = 30_000 // ms for an answer
const COPYING = 15_000 // ms for which a selected text holds the page still
const LOOK_AGAIN = 100 // ms until a run may have ended

let part // what the last draw said: { client, version, ask }
let newest = 0
let isDue = false // whether time has passed
let waiting, held, soon

const app = () => document.querySelector('[data-testid="stApp"]')?.dataset
const tell = (kind) => document.dispatchEvent(new CustomEvent(`meterglass:${kind}`))
const isConnected = () => app()?.testConnectionState === "CONNECTED"
// A click's run may still change the address: a wake sent meanwhile would bring the old one back.
const isRunning = () => ["running", "rerunRequested"].includes(app()?.testScriptState)

function wake() {
  if (!part || waiting || held || !isConnected()) return
  if (newest <= part.version && !isDue) return
  clearTimeout(soon)
  if (isRunning()) soon = setTimeout(wake, LOOK_AGAIN)
  else if (document.getSelection().isCollapsed) ask()
  else held = setTimeout(release, COPYING)
}

function ask() {
  isDue = false
  waiting = setTimeout(() => {
    waiting = undefined
    tell("unanswered")
  }, PATIENCE)
  part.ask()
}

function release() {
  clearTimeout(held)
  held = undefined
  if (part && !waiting && isConnected()) ask()
}

document.addEventListener("selectionchange", () => {
  if (held && document.getSelection().isCollapsed) release()
})
document.addEventListener("meterglass:version", ({ detail }) => {
  if (detail.client !== part?.client) return
  newest = detail.version
  wake()
})
document.addEventListener("meterglass:moment", ({ detail }) => {
  isDue = detail.client === part?.client
  wake()
})
document.addEventListener("meterglass:asks", () => part && tell("drawn"))

export default function ({ data, setTriggerValue }) {
  const mine = { ...data, ask: () => setTriggerValue("wake", newest) }
  if (part?.client !== data.client) newest = 0
  part = mine
  clearTimeout(waiting)
  waiting = undefined
  tell("drawn")
  wake()
  return () => {
    if (part !== mine) return
    part = undefined
    clearTimeout(waiting)
    waiting = undefined
    tell("gone")
  }
}
