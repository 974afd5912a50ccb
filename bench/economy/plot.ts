/** A line of a plot. */
export type Series = {
  readonly name: string
  readonly color: string
  readonly points: readonly (readonly [number, number])[]
}

/** An axis: linear from zero, or logarithmic, with the values that are written at it. */
export type Axis = { readonly title: string; readonly ticks: readonly number[]; readonly isLog?: boolean }

/** One plot of a figure. */
export type Panel = { readonly title: string; readonly x: Axis; readonly y: Axis; readonly series: readonly Series[] }

const [width, height] = [360, 260]
const margin = { left: 56, right: 16, top: 34, bottom: 46 }

/** Panels side by side as one SVG with a title for who cannot see it; it depends on no fonts or pages around it. */
export function renderFigure(title: string, panels: readonly Panel[]): string {
  const whole = `0 0 ${panels.length * width} ${height}`
  const drawn = panels.map((panel, i) => `<g transform="translate(${i * width} 0)">${renderPanel(panel)}</g>`)
  const style = 'font-family="system-ui, sans-serif" font-size="11" fill="#555"'
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${whole}" ${style} role="img">
<title>${title}</title>
<rect width="100%" height="100%" fill="#fff"/>
${drawn.join('\n')}
</svg>
`
}

function renderPanel({ title, x, y, series }: Panel): string {
  const toX = scaleOf(x, margin.left, width - margin.right)
  const toY = scaleOf(y, height - margin.bottom, margin.top)
  const grid = y.ticks.map((tick) => {
    const at = round(toY(tick))
    const line = `<path d="M${margin.left} ${at}H${width - margin.right}" stroke="#e5e5e5"/>`
    return `${line}<text x="${margin.left - 6}" y="${at + 4}" text-anchor="end">${tick}</text>`
  })
  const below = x.ticks.map(
    (tick) => `<text x="${round(toX(tick))}" y="${height - margin.bottom + 16}" text-anchor="middle">${tick}</text>`,
  )
  const lines = series.map(({ color, points }) => {
    const path = points.map(([px, py], i) => `${i === 0 ? 'M' : 'L'}${round(toX(px))} ${round(toY(py))}`).join('')
    return `<path d="${path}" fill="none" stroke="${color}" stroke-width="2"/>`
  })
  const middle = (margin.left + width - margin.right) / 2
  return [
    `<text x="${margin.left}" y="16" font-weight="600" fill="#222">${title}</text>`,
    ...grid,
    ...below,
    ...lines,
    ...renderLegend(series),
    `<text x="${middle}" y="${height - 8}" text-anchor="middle">${x.title}</text>`,
    `<text transform="translate(14 ${(height - margin.bottom + margin.top) / 2}) rotate(-90)" text-anchor="middle">${y.title}</text>`,
  ].join('\n')
}

function renderLegend(series: readonly Series[]): string[] {
  if (series.length < 2) return []
  return series.map(({ name, color }, i) => {
    const y = margin.top + 6 + i * 15
    const x = width - margin.right - 128
    return `<path d="M${x} ${y}h14" stroke="${color}" stroke-width="2"/><text x="${x + 19}" y="${y + 4}">${name}</text>`
  })
}

/** From a value to its place between two pixels. */
function scaleOf({ ticks, isLog = false }: Axis, from: number, to: number): (value: number) => number {
  const measure = isLog ? Math.log10 : (value: number) => value
  const [low, high] = [measure(Math.min(...ticks)), measure(Math.max(...ticks))]
  return (value) => from + ((measure(value) - low) / (high - low)) * (to - from)
}

const round = (value: number): number => Math.round(value * 10) / 10
