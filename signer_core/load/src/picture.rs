//! A picture of a run: how long answers took, by the share of them that took no longer, and second by
//! second.

use std::error::Error;
use std::path::Path;

use hdrhistogram::Histogram;
use plotters::prelude::*;

use crate::Outcome;
use crate::options::Options;
use crate::tally::Tally;

const SIZE: (u32, u32) = (960, 840);
const INK: RGBColor = RGBColor(0x33, 0x33, 0x33);
const LATENCY: RGBColor = RGBColor(0x1f, 0x5f, 0xa8);
const SINCE_SENT: RGBColor = RGBColor(0xd9, 0x8a, 0x1d);
const MOST: RGBColor = RGBColor(0xa8, 0x32, 0x32);
const TEXT: (&str, i32) = ("sans-serif", 15);
const POINTS: usize = 400;
/// Times as much as there is to draw: the names of the lines stand above them.
const ROOM: f64 = 30.0;

type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;
type Drawn = Result<(), Box<dyn Error>>;

/// Draws it into a file, SVG.
///
/// # Errors
/// When it can't be written.
pub fn draw(path: &Path, options: &Options, tally: &Tally) -> Outcome<()> {
    let drawn = || -> Drawn {
        let root = SVGBackend::new(path, SIZE).into_drawing_area();
        root.fill(&WHITE)?;
        let title = format!(
            "{:.0} answers a second, {} connections",
            tally.rate(),
            options.connections
        );
        let root = root.titled(&title, ("sans-serif", 20))?;
        let (above, below) = root.split_vertically(440);
        by_share(&above, tally)?;
        by_second(&below, tally)?;
        root.present()?;
        Ok(())
    };
    drawn().map_err(|error| format!("--picture {}: {error}", path.display()).into())
}

/// The further right, the fewer took longer: each step is a tenth of those of the step before.
fn by_share(area: &Area<'_>, tally: &Tally) -> Drawn {
    let answers = tally.answers().max(10) as f64;
    let nines = answers.log10().ceil().clamp(2.0, 6.0);
    let top = milliseconds(tally.latency.max()) * 1.3;
    let bottom = milliseconds(tally.since_sent.min()) * 0.7;
    let mut chart = ChartBuilder::on(area)
        .caption("Latency by share of the answers", TEXT)
        .margin(12)
        .margin_right(44)
        .x_label_area_size(44)
        .y_label_area_size(76)
        .build_cartesian_2d(0.0..nines, (bottom.max(1e-4)..top.max(1e-3)).log_scale())?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .x_labels(nines as usize + 1)
        .x_label_formatter(&|step| share(*step))
        .y_label_formatter(&|value| written(*value))
        .x_desc("share that took no longer")
        .y_desc("ms")
        .label_style(TEXT)
        .draw()?;
    let lines = [
        ("since it was to be sent", &tally.latency, LATENCY),
        ("since it was sent", &tally.since_sent, SINCE_SENT),
    ];
    for (name, histogram, colour) in lines {
        let line = LineSeries::new(curve(histogram, nines), colour.stroke_width(2));
        chart
            .draw_series(line)?
            .label(name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], colour.stroke_width(2)));
    }
    legend(&mut chart)
}

fn by_second(area: &Area<'_>, tally: &Tally) -> Drawn {
    let seconds: Vec<_> = (1_u32..).zip(tally.each_second()).collect();
    let all = seconds.iter().filter_map(|(_, it)| it.latency).flatten();
    let top = milliseconds(all.clone().max().unwrap_or(1)) * ROOM;
    let bottom = milliseconds(all.filter(|it| *it > 0).min().unwrap_or(1)) * 0.7;
    let last = seconds.last().map_or(2, |(at, _)| *at).max(2);
    let mut chart = ChartBuilder::on(area)
        .caption(
            "Latency of what was to be sent in each second; a gap: no answer",
            TEXT,
        )
        .margin(12)
        .margin_right(44)
        .x_label_area_size(44)
        .y_label_area_size(76)
        .build_cartesian_2d(1..last, (bottom.max(1e-4)..top.max(1e-3)).log_scale())?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .y_label_formatter(&|value| written(*value))
        .x_labels(last.min(12) as usize)
        .x_desc("second")
        .y_desc("ms")
        .label_style(TEXT)
        .draw()?;
    let lines = [
        ("all within", 2, MOST),
        ("99 of 100 within", 1, SINCE_SENT),
        ("half within", 0, LATENCY),
    ];
    for (name, which, colour) in lines {
        let mut name = Some(name);
        for answered in
            seconds.chunk_by(|(_, one), (_, next)| one.latency.is_some() == next.latency.is_some())
        {
            let points = answered
                .iter()
                .filter_map(|(at, it)| Some((*at, milliseconds(it.latency?[which]))));
            let line = LineSeries::new(points, colour.stroke_width(2)).point_size(2);
            let drawn = chart.draw_series(line)?;
            if let Some(name) = name.take() {
                drawn.label(name).legend(move |(x, y)| {
                    PathElement::new([(x, y), (x + 18, y)], colour.stroke_width(2))
                });
            }
        }
    }
    legend(&mut chart)
}

fn legend<'a, X, Y>(chart: &mut ChartContext<'a, SVGBackend<'a>, Cartesian2d<X, Y>>) -> Drawn
where
    X: plotters::coord::ranged1d::Ranged,
    Y: plotters::coord::ranged1d::Ranged,
{
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperLeft)
        .background_style(WHITE.mix(0.8))
        .border_style(INK.mix(0.3))
        .label_font(TEXT)
        .draw()?;
    Ok(())
}

fn curve(histogram: &Histogram<u64>, nines: f64) -> impl Iterator<Item = (f64, f64)> + use<'_> {
    (0..=POINTS).map(move |point| {
        let step = nines * point as f64 / POINTS as f64;
        let quantile = 1.0 - 10_f64.powf(-step);
        (step, milliseconds(histogram.value_at_quantile(quantile)))
    })
}

fn milliseconds(nanoseconds: u64) -> f64 {
    nanoseconds as f64 / 1e6
}

/// 0, 90 %, 99 %, 99.9 %, …
fn share(step: f64) -> String {
    let digits = (step - 2.0).max(0.0) as usize;
    format!("{:.digits$} %", 100.0 - 100.0 * 10_f64.powf(-step))
}

/// Without digits that say nothing.
fn written(value: f64) -> String {
    if value >= 1.0 {
        format!("{value:.0}")
    } else {
        format!("{value}")
    }
}
