// One stream per window. It says whether the session lives and which version the client's records
// have; what is drawn from them listens (wake.js). A hidden window has no stream and asks nothing.
const SAID = {
  live: "Live",
  again: "Connecting again…",
  away: "Not up to date: the database does not answer",
  crowded: "Not live: open in too many windows",
}
const SILENCE = 40_000 // ms; a stream that lives says something every 15 s
const PATIENCE = 30_000 // ms for a run that was asked for
const CALM = 2_000 // ms before a loss is worth a word
const PARTING = 1_000 // ms in which a person who signs out is led away
const WAIT = { first: 500, longest: 8_000 } // ms between two tries

let page // what the last draw said: { client, drawn, ask, place, isLive }
let stream // of this moment: { client, controller, lives }
let trouble = "" // a key of SAID, while something is wrong
let lost = 0 // tries since the last sign of life
let strayed = false // whether the stream was gone since the page was last known to answer
let retry, worry, watching

const app = () => document.querySelector('[data-testid="stApp"]')
const isConnected = () => app()?.dataset.testConnectionState === "CONNECTED"
const tell = (kind, detail) => document.dispatchEvent(new CustomEvent(`meterglass:${kind}`, { detail }))

function show() {
  if (!page) return
  const said = trouble || (page.isLive && stream?.lives ? "live" : "")
  const place = page.place
  if (place.dataset.said === said) return
  place.dataset.said = said
  place.textContent = SAID[said] ?? ""
}

function worryAbout(what) {
  if (what === "again" && trouble !== "again") worry ??= setTimeout(() => say("again"), CALM)
  else say(what)
}

function say(what) {
  clearTimeout(worry)
  worry = undefined
  trouble = what
  show()
}

function leave() {
  location.reload()
}

function open() {
  if (!page || document.hidden || stream?.client === page.client) return
  close()
  stream = { client: page.client, controller: new AbortController(), lives: false }
  follow(stream)
}

function close() {
  clearTimeout(retry)
  stream?.controller.abort()
  stream = undefined
}

async function follow(mine) {
  let wait = 0
  try {
    const asked = mine.client ? `/live?client=${encodeURIComponent(mine.client)}` : "/live"
    const answer = await fetch(asked, { signal: mine.controller.signal, cache: "no-store" })
    if (stream !== mine) return
    if (answer.ok) await read(answer.body, mine)
    else wait = refused(answer)
  } catch {
    // The wire broke, or this window closed the stream itself.
  }
  if (stream !== mine) return
  stream = undefined
  strayed = true
  if (!trouble) worryAbout("again")
  clearTimeout(retry)
  retry = setTimeout(open, Math.max(wait, growing()) * (0.5 + Math.random()))
}

function growing() {
  lost += 1
  return Math.min(WAIT.longest, WAIT.first * 2 ** (lost - 1))
}

function refused(answer) {
  if (answer.status === 401) leave()
  if (answer.status === 404) page?.ask()
  worryAbout({ 429: "crowded", 503: "away" }[answer.status] ?? "again")
  return 1_000 * (Number(answer.headers.get("retry-after")) || 0)
}

async function read(body, mine) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader()
  let text = ""
  for (;;) {
    const silent = setTimeout(() => mine.controller.abort(), SILENCE)
    const { value, done } = await reader.read().finally(() => clearTimeout(silent))
    if (done || stream !== mine) return
    const parts = (text + value).split("\n\n")
    text = parts.pop()
    for (const part of parts) hear(part, mine)
  }
}

function hear(part, mine) {
  const [, kind] = /^event: (.+)$/m.exec(part) ?? []
  const [, told] = /^data: (.+)$/m.exec(part) ?? []
  if (kind === "ended") setTimeout(leave, PARTING)
  if (kind === "away") say("away")
  if (kind === "moment") tell("moment", { client: mine.client })
  if (kind !== "version") return
  mine.lives = true
  lost = 0
  if (strayed) check()
  if (!strayed) say("")
  tell("version", { client: mine.client, version: JSON.parse(told).version })
}

// The stream was gone, and the page's own websocket with it, perhaps: the server may know nothing
// of this page any more. One run that draws it anew says that it does.
function check() {
  const { drawn } = page
  let asked = 0
  clearInterval(watching)
  watching = setInterval(() => {
    if (!page || !stream?.lives) return clearInterval(watching)
    if (page.drawn !== drawn) {
      clearInterval(watching)
      strayed = false
      return say("")
    }
    if (!isConnected()) return worryAbout("again")
    if (!asked) {
      asked = performance.now()
      page.ask()
    } else if (performance.now() - asked > PATIENCE) {
      clearInterval(watching)
      leave()
    }
  }, 250)
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden) {
    strayed ||= Boolean(page)
    close()
    clearTimeout(worry)
    worry = undefined
  } else {
    lost = 0
    open()
  }
})
window.addEventListener("online", () => {
  lost = 0
  clearTimeout(retry)
  open()
})
window.addEventListener("offline", () => stream?.controller.abort())
document.addEventListener("meterglass:drawn", () => {
  if (page) page.isLive = true
  show()
})
document.addEventListener("meterglass:gone", () => {
  if (page) page.isLive = false
  show()
})
document.addEventListener("meterglass:unanswered", () => {
  strayed = true
  if (stream?.lives) check()
})

export default function ({ data, parentElement, setTriggerValue }) {
  const mine = {
    ...data,
    ask: () => isConnected() && setTriggerValue("wake", data.drawn),
    place: parentElement.querySelector(".mg-live"),
    isLive: page?.isLive ?? false,
  }
  page = mine
  tell("asks", {})
  show()
  open()
  return () => {
    if (page !== mine) return
    page = undefined
    close()
  }
}
