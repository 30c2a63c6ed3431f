//! Plots as SVG: lines over two logarithmic axes, without any library.

use std::fmt::Write as _;

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 400.0;
/// Where the axes are: room for numbers at the left and below, for the lines' names at the right.
const LEFT: f64 = 70.0;
const RIGHT: f64 = 560.0;
const TOP: f64 = 40.0;
const BOTTOM: f64 = 345.0;

/// Told apart by people who see few colours, too.
const COLOURS: [&str; 6] = [
    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00",
];

/// One line.
pub(crate) struct Line {
    pub(crate) name: String,
    /// What is above zero in both directions.
    pub(crate) points: Vec<(f64, f64)>,
}

/// What an axis says.
pub(crate) struct Axis {
    pub(crate) name: &'static str,
    /// A number as it stands at the axis.
    pub(crate) number: fn(f64) -> String,
}

/// The text of a plot.
pub(crate) fn svg(title: &str, [x, y]: [Axis; 2], lines: &[Line]) -> String {
    let points = || lines.iter().flat_map(|line| &line.points);
    let across = Scale::over(points().map(|p| p.0), LEFT, RIGHT);
    let up = Scale::over(points().map(|p| p.1), BOTTOM, TOP);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" \
         font-size=\"12\">\n<title>{title}</title>\n\
         <rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"white\"/>\n\
         <text x=\"{LEFT}\" y=\"22\" font-size=\"15\">{title}</text>\n"
    );
    let mut put = |line: std::fmt::Arguments<'_>| {
        // Writing to a string cannot fail.
        let _ = writeln!(out, "{line}");
    };
    for at in across.marks() {
        let px = across.place(at);
        put(format_args!(
            "<path d=\"M{px:.1} {TOP}V{BOTTOM}\" stroke=\"#ddd\"/>\
             <text x=\"{px:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
            BOTTOM + 18.0,
            (x.number)(at)
        ));
    }
    for at in up.marks() {
        let py = up.place(at);
        put(format_args!(
            "<path d=\"M{LEFT} {py:.1}H{RIGHT}\" stroke=\"#ddd\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
            LEFT - 8.0,
            py + 4.0,
            (y.number)(at)
        ));
    }
    put(format_args!(
        "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>\
         <text transform=\"translate(18 {:.1}) rotate(-90)\" text-anchor=\"middle\">{}</text>",
        f64::midpoint(LEFT, RIGHT),
        HEIGHT - 14.0,
        x.name,
        f64::midpoint(TOP, BOTTOM),
        y.name
    ));
    let mut name_at = TOP;
    for (line, colour) in lines.iter().zip(COLOURS.iter().cycle()) {
        let place = |(x, y): &(f64, f64)| (across.place(*x), up.place(*y));
        let path: Vec<String> = line
            .points
            .iter()
            .map(|point| {
                let (px, py) = place(point);
                format!("{px:.1},{py:.1}")
            })
            .collect();
        put(format_args!(
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>",
            path.join(" ")
        ));
        for point in &line.points {
            let (px, py) = place(point);
            put(format_args!(
                "<circle cx=\"{px:.1}\" cy=\"{py:.1}\" r=\"3\" fill=\"{colour}\"/>"
            ));
        }
        // The names are in the order of the lines, as lines that end close together would have theirs on one another.
        put(format_args!(
            "<path d=\"M{:.1} {name_at:.1}h18\" stroke=\"{colour}\" stroke-width=\"2\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\">{}</text>",
            RIGHT + 10.0,
            RIGHT + 34.0,
            name_at + 4.0,
            line.name
        ));
        name_at += 20.0;
    }
    out.push_str("</svg>\n");
    out
}

/// A logarithmic scale.
struct Scale {
    least: f64,
    most: f64,
    /// Where the least and the most are.
    ends: (f64, f64),
}

impl Scale {
    /// A scale from the power of ten below the least value to the first of 1, 2, 5 times one above the most.
    fn over(values: impl Iterator<Item = f64>, from: f64, to: f64) -> Self {
        let (mut least, mut most) = (f64::INFINITY, 0.0_f64);
        for value in values {
            least = least.min(value);
            most = most.max(value);
        }
        let mut scale = Self {
            least: 10_f64.powf(least.log10().floor()),
            most: 10_f64.powf(most.log10().ceil()),
            ends: (from, to),
        };
        let marks = scale.steps();
        scale.least = *marks.iter().rfind(|m| **m <= least).unwrap_or(&scale.least);
        scale.most = *marks.iter().find(|m| **m >= most).unwrap_or(&scale.most);
        scale
    }

    fn place(&self, value: f64) -> f64 {
        let part = (value / self.least).log10() / (self.most / self.least).log10();
        self.ends.0 + part * (self.ends.1 - self.ends.0)
    }

    /// 1, 2 and 5 times every power of ten on the scale.
    fn steps(&self) -> Vec<f64> {
        let mut steps = Vec::new();
        let mut power = 10_f64.powf(self.least.log10().floor());
        while power <= self.most * 1.001 {
            steps.extend([1.0, 2.0, 5.0].map(|n| n * power));
            power *= 10.0;
        }
        let on_scale = self.least * 0.999..self.most * 1.001;
        steps.retain(|step| on_scale.contains(step));
        steps
    }

    /// The values that stand at the axis: the steps, or where those are many, the powers of ten.
    fn marks(&self) -> Vec<f64> {
        let mut marks = self.steps();
        if marks.len() > 10 {
            marks.retain(|mark| (mark.log10() - mark.log10().round()).abs() < 1e-6);
        }
        marks
    }
}
