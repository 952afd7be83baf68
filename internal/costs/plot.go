package costs

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// The plot's measures in pixels; labels stand right of the lines.
const (
	plotWidth, plotHeight = 720, 400
	left, right           = 64, 150
	top, bottom           = 44, 48
	labelGap              = 15 // between two labels at least
)

// colours of the lines, on light and on dark ground; tools in the order of the
// columns.
var colours = [][2]string{{"#0b6bcb", "#6cb6ff"}, {"#1a7f37", "#57d364"}, {"#bc4c00", "#ffa657"}, {"#8250df", "#d2a8ff"}, {"#a40e26", "#ff7b72"}, {"#57606a", "#9ea7b3"}}

// Plot draws a Section as lines: rows are hits, columns are tools, cells say how
// many times as long the program takes. Both axes are logarithmic. Colours
// follow the reader's, light or dark.
func Plot(s *Section) string {
	lines := curves(s)
	var xs, ys []float64
	for _, c := range lines {
		for _, p := range c.points {
			xs, ys = append(xs, p[0]), append(ys, p[1])
		}
	}
	if len(xs) == 0 {
		return ""
	}
	p := plot{xAxis: [2]float64{slices.Min(xs), slices.Max(xs)}, yAxis: [2]float64{1, math.Pow(10, math.Ceil(math.Log10(slices.Max(ys))))}}
	p.style(len(lines))
	p.text(left, 22, "start", "title", s.Title)
	p.grid()
	p.curves(lines)
	return p.svg()
}

type curve struct {
	name   string
	points [][2]float64
}

func curves(s *Section) (all []curve) {
	for i, name := range s.Columns {
		c := curve{name: name}
		for _, r := range s.Rows {
			x, errX := strconv.ParseFloat(strings.ReplaceAll(r.Case, ",", ""), 64)
			if errX != nil || i >= len(r.Cells) {
				continue
			}
			if y, err := strconv.ParseFloat(strings.TrimSuffix(r.Cells[i], "×"), 64); err == nil {
				c.points = append(c.points, [2]float64{x, max(y, 1)})
			}
		}
		all = append(all, c)
	}
	return all
}

type plot struct {
	b            strings.Builder
	xAxis, yAxis [2]float64
}

func (p *plot) svg() string {
	return fmt.Sprintf("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" role=\"img\">\n%s</svg>\n", plotWidth, plotHeight, p.b.String())
}

func (p *plot) style(tools int) {
	var light, dark strings.Builder
	for i := range tools {
		c := colours[i%len(colours)]
		fmt.Fprintf(&light, ".t%d{stroke:%s;fill:%s}", i, c[0], c[0])
		fmt.Fprintf(&dark, ".t%d{stroke:%s;fill:%s}", i, c[1], c[1])
	}
	fmt.Fprintf(&p.b, "<style>text{font:13px system-ui,sans-serif;fill:#1f2328}text.label{stroke:none}.title{font-weight:600}.grid{stroke:#d1d9e0}"+
		"path{fill:none!important;stroke-width:2}.ground{fill:#ffffff}%s\n@media (prefers-color-scheme:dark){text{fill:#f0f6fc}.grid{stroke:#3d444d}.ground{fill:#0d1117}%s}</style>\n",
		&light, &dark)
	fmt.Fprintf(&p.b, "<rect class=\"ground\" width=\"%d\" height=\"%d\"/>\n", plotWidth, plotHeight)
}

func (p *plot) text(x, y float64, anchor, class, text string) {
	text = strings.NewReplacer("&", "&amp;", "<", "&lt;").Replace(text)
	fmt.Fprintf(&p.b, "<text x=\"%.0f\" y=\"%.0f\" text-anchor=\"%s\" class=\"%s\">%s</text>\n", x, y, anchor, class, text)
}

func (p *plot) x(v float64) float64 { return left + (plotWidth-left-right)*share(v, p.xAxis) }

func (p *plot) y(v float64) float64 {
	return plotHeight - bottom - (plotHeight-top-bottom)*share(v, p.yAxis)
}

func share(v float64, axis [2]float64) float64 {
	if axis[0] == axis[1] {
		return 0
	}
	return math.Log(v/axis[0]) / math.Log(axis[1]/axis[0])
}

// grid is a line for each power of ten, with its number.
func (p *plot) grid() {
	for v := p.yAxis[0]; v <= p.yAxis[1]*1.001; v *= 10 {
		fmt.Fprintf(&p.b, "<line class=\"grid\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1[3]f\"/>\n", left, plotWidth-right, p.y(v))
		p.text(left-8, p.y(v)+4, "end", "", power(v)+"×")
	}
	for v := p.xAxis[0]; v <= p.xAxis[1]*1.001; v *= 10 {
		p.text(p.x(v), plotHeight-bottom+20, "middle", "", power(v))
	}
	p.text((left+plotWidth-right)/2, plotHeight-8, "middle", "", "hits; left: how many times as long the program takes")
}

func power(v float64) string {
	switch {
	case v >= 1e6:
		return fmt.Sprintf("%.0f M", v/1e6)
	case v >= 1e4:
		return fmt.Sprintf("%.0f k", v/1e3)
	}
	return fmt.Sprintf("%.0f", v)
}

// curves draws the lines, and their names where they end, apart from each other.
func (p *plot) curves(lines []curve) {
	type label struct {
		at   float64
		x    float64
		tool int
		name string
	}
	var labels []label
	for i, c := range lines {
		if len(c.points) == 0 {
			continue
		}
		var d strings.Builder
		for n, at := range c.points {
			fmt.Fprintf(&d, "%s%.1f %.1f", [2]string{"M", "L"}[min(n, 1)], p.x(at[0]), p.y(at[1]))
		}
		fmt.Fprintf(&p.b, "<path class=\"t%d\" d=\"%s\"/>\n", i, &d)
		for _, at := range c.points {
			fmt.Fprintf(&p.b, "<circle class=\"t%d\" cx=\"%.1f\" cy=\"%.1f\" r=\"3\"/>\n", i, p.x(at[0]), p.y(at[1]))
		}
		last := c.points[len(c.points)-1]
		labels = append(labels, label{p.y(last[1]), p.x(last[0]), i, c.name})
	}
	slices.SortFunc(labels, func(a, b label) int { return int(b.at*10) - int(a.at*10) })
	before := math.Inf(1)
	for _, l := range labels {
		at := min(l.at, before-labelGap)
		before = at
		p.text(l.x+8, at+4, "start", fmt.Sprintf("label t%d", l.tool), l.name)
	}
}
