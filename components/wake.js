// Asks for this part of the page to be drawn again when the client's records are newer than what
// it shows, or time has passed; what a person is doing in it stays as it is.
const PATIENCE = 20_000 // ms for an answer
const COPYING = 15_000 // ms for which a selected text holds the page still

let part // what the last draw said: { client, version, ask }
let newest = 0
let isDue = false // whether time has passed
let waiting, held

const tell = (kind) => document.dispatchEvent(new CustomEvent(`meterglass:${kind}`))
const isConnected = () =>
  document.querySelector('[data-testid="stApp"]')?.dataset.testConnectionState === "CONNECTED"

function wake() {
  if (!part || waiting || held || !isConnected()) return
  if (newest <= part.version && !isDue) return
  if (!document.getSelection().isCollapsed) {
    held = setTimeout(release, COPYING)
    return
  }
  ask()
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
  if (part && !waiting) ask()
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

// What is drawn anew takes the place of the old: the focus and how far a table was moved sideways
// would go with it.
const FOCUSABLE = "a[href], .mg-scroll"
const main = () => document.querySelector('[data-testid="stMain"]')
let focused // { node, sign, nth } of the link or table that has the focus
let moved = [] // how far each table is moved sideways

const sign = (node) => node.getAttribute("href") ?? node.getAttribute("aria-label") ?? node.className
const alike = (wanted) =>
  [...main().querySelectorAll(FOCUSABLE)].filter((node) => sign(node) === wanted)

document.addEventListener("focusin", ({ target }) => {
  const isOurs = target.matches(FOCUSABLE) && main()?.contains(target)
  focused = isOurs
    ? { node: target, sign: sign(target), nth: alike(sign(target)).indexOf(target) }
    : undefined
})
// What is taken off the page while it has the focus loses it first: only what stays has left it.
document.addEventListener("focusout", ({ target }) => {
  setTimeout(() => {
    if (focused?.node === target && target.isConnected) focused = undefined
  })
})
document.addEventListener(
  "scroll",
  ({ target }) => {
    if (target instanceof Element && target.matches(".mg-scroll")) remember()
  },
  true,
)

const tables = () => [...main().querySelectorAll(".mg-scroll")]
const remember = () => (moved = tables().map((table) => table.scrollLeft))

function keep() {
  if (!main()) return
  tables().forEach((table, nth) => {
    if (moved[nth] && !table.scrollLeft) table.scrollLeft = moved[nth]
  })
  if (!focused || focused.node.isConnected) return
  const found = alike(focused.sign)
  const next = found[focused.nth] ?? found[0]
  if (next && document.activeElement === document.body) next.focus({ preventScroll: true })
}

const drawing = new MutationObserver(keep)

export default function ({ data, setTriggerValue }) {
  const mine = { ...data, ask: () => setTriggerValue("wake", newest) }
  if (part?.client !== data.client) newest = 0
  part = mine
  clearTimeout(waiting)
  waiting = undefined
  if (main()) drawing.observe(main(), { childList: true, subtree: true })
  tell("drawn")
  wake()
  return () => {
    if (part !== mine) return
    part = undefined
    clearTimeout(waiting)
    waiting = undefined
    drawing.disconnect()
    tell("gone")
  }
}
