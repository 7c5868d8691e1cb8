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

new MutationObserver(keep).observe(document.body, { childList: true, subtree: true })
