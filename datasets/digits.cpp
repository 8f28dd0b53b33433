#include "datasets/digits.h"

#include <algorithm>
#include <cmath>

namespace normlab {
namespace {

constexpr int kSide = 28;

struct Point {
    double x, y;
};
using Stroke = std::vector<Point>;  // a smooth curve through these points; a corner ends one stroke and begins the next
using Glyph = std::vector<Stroke>;

// The ways to write each digit, in a box of 1 by 1, y downwards.
const std::vector<Glyph> kGlyphs[10] = {
    {{{{.52, .04}, {.27, .18}, {.18, .5}, {.27, .83}, {.5, .96}, {.74, .82}, {.82, .5}, {.74, .18}, {.5, .04}}},
     {{{.62, .08}, {.36, .1}, {.24, .45}, {.32, .88}, {.58, .95}, {.76, .6}, {.7, .16}, {.48, .05}}}},
    {{{{.5, .03}, {.5, .5}, {.5, .97}}},
     {{{.3, .26}, {.45, .16}, {.56, .03}}, {{.56, .03}, {.55, .5}, {.54, .97}}},
     {{{.3, .24}, {.54, .04}}, {{.54, .04}, {.54, .95}}, {{.3, .95}, {.78, .95}}}},
    {{{{.22, .26}, {.34, .08}, {.6, .05}, {.76, .22}, {.68, .45}, {.45, .7}, {.2, .94}},
      {{.2, .94}, {.5, .92}, {.82, .93}}},
     {{{.22, .22},
       {.4, .05},
       {.68, .1},
       {.74, .32},
       {.55, .62},
       {.32, .87},
       {.2, .9},
       {.22, .78},
       {.38, .78},
       {.6, .92},
       {.84, .88}}}},
    {{{{.22, .15}, {.45, .04}, {.7, .12}, {.7, .33}, {.42, .47}},
      {{.42, .47}, {.72, .55}, {.78, .75}, {.6, .93}, {.35, .95}, {.18, .83}}},
     {{{.22, .06}, {.75, .06}},
      {{.75, .06}, {.45, .42}},
      {{.45, .42}, {.72, .5}, {.78, .72}, {.6, .93}, {.35, .95}, {.18, .83}}}},
    {{{{.28, .04}, {.22, .3}, {.24, .5}, {.45, .55}, {.8, .5}}, {{.72, .05}, {.7, .5}, {.66, .97}}},
     {{{.65, .03}, {.42, .35}, {.16, .65}}, {{.16, .65}, {.86, .65}}, {{.66, .03}, {.64, .97}}},
     {{{.56, .03}, {.38, .38}, {.18, .64}}, {{.18, .64}, {.86, .62}}, {{.64, .4}, {.6, .97}}}},
    {{{{.75, .06}, {.3, .06}},
      {{.3, .06}, {.25, .45}},
      {{.25, .45}, {.5, .38}, {.76, .5}, {.78, .72}, {.6, .93}, {.35, .95}, {.18, .83}}},
     {{{.3, .08}, {.26, .42}, {.55, .42}, {.76, .6}, {.68, .86}, {.42, .96}, {.2, .88}}, {{.3, .08}, {.78, .05}}}},
    {{{{.68, .05},
       {.4, .2},
       {.22, .5},
       {.22, .78},
       {.42, .95},
       {.68, .9},
       {.78, .7},
       {.64, .53},
       {.42, .54},
       {.25, .7}}},
     {{{.5, .03}, {.3, .35}, {.22, .7}, {.4, .96}, {.68, .88}, {.7, .64}, {.5, .55}, {.27, .72}}}},
    {{{{.18, .08}, {.8, .08}}, {{.8, .08}, {.58, .45}, {.42, .97}}},
     {{{.18, .2}, {.2, .08}}, {{.2, .08}, {.8, .06}}, {{.8, .06}, {.56, .5}, {.44, .97}}},
     {{{.18, .08}, {.8, .08}}, {{.8, .08}, {.58, .45}, {.42, .97}}, {{.32, .5}, {.74, .48}}}},
    {{{{.7, .16},
       {.46, .04},
       {.27, .17},
       {.36, .38},
       {.62, .55},
       {.75, .76},
       {.54, .95},
       {.3, .88},
       {.25, .7},
       {.45, .5},
       {.68, .34},
       {.7, .16}}},
     {{{.5, .05}, {.3, .15}, {.32, .36}, {.5, .46}, {.69, .36}, {.7, .15}, {.5, .05}},
      {{.5, .46}, {.25, .6}, {.25, .85}, {.5, .96}, {.76, .85}, {.76, .6}, {.5, .46}}}},
    {{{{.74, .2}, {.52, .05}, {.3, .12}, {.23, .33}, {.38, .5}, {.62, .44}, {.75, .22}},
      {{.75, .18}, {.74, .55}, {.64, .97}}},
     {{{.74, .22},
       {.52, .05},
       {.28, .15},
       {.25, .38},
       {.45, .5},
       {.68, .42},
       {.76, .2},
       {.78, .5},
       {.7, .8},
       {.45, .96},
       {.28, .88}}}},
};

// Catmull and Rom's curve through the points, as short straight pieces.
std::vector<Point> traced(const Stroke& points) {
    constexpr int pieces = 4;
    std::vector<Point> curve;
    const auto at = [&](int i) {
        return points[static_cast<std::size_t>(std::clamp(i, 0, static_cast<int>(points.size()) - 1))];
    };
    for (int i = 0; i + 1 < static_cast<int>(points.size()); ++i)
        for (int piece = 0; piece < pieces; ++piece) {
            const double t = static_cast<double>(piece) / pieces;
            const auto blend = [t](double a, double b, double c, double d) {
                return b + t / 2 * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)));
            };
            const Point a = at(i - 1), b = at(i), c = at(i + 1), d = at(i + 2);
            curve.push_back({blend(a.x, b.x, c.x, d.x), blend(a.y, b.y, c.y, d.y)});
        }
    curve.push_back(points.back());
    return curve;
}

// From the glyph's box to pixels: bent, slanted, scaled, turned and put somewhere.
class Hand {
  public:
    explicit Hand(Dice& dice) {
        slant_ = 0.22 * dice.bell();
        const double size = dice.between(15, 22);
        height_ = size;
        width_ = size * dice.between(0.62, 1.05);
        const double turn = 0.13 * dice.bell();
        cosine_ = std::cos(turn), sine_ = std::sin(turn);
        center_.x = kSide / 2.0 + 1.3 * dice.bell();
        center_.y = kSide / 2.0 + 1.3 * dice.bell();
        bend_ = 0.05 * dice.bell();
        phase_ = dice.between(0, 6.283185307179586);
    }
    Point place(Point p) const {
        const double bent = p.x - 0.5 + bend_ * std::sin(5 * p.y + phase_);
        const double x = width_ * (bent - slant_ * (p.y - 0.5)), y = height_ * (p.y - 0.5);
        return {center_.x + cosine_ * x - sine_ * y, center_.y + sine_ * x + cosine_ * y};
    }

  private:
    double slant_, width_, height_, cosine_, sine_, bend_, phase_;
    Point center_{};
};

// How much ink lies on each pixel, 0 to 1.
class Paper {
  public:
    // A straight piece of a stroke, thicker at one end: full ink within the radius, fading over the pixel at its edge.
    void line(Point a, Point b, double radius_a, double radius_b, double ink) {
        const double reach = std::max(radius_a, radius_b) + 0.5;
        const int left = std::max(0, static_cast<int>(std::floor(std::min(a.x, b.x) - reach)));
        const int right = std::min(kSide - 1, static_cast<int>(std::ceil(std::max(a.x, b.x) + reach)));
        const int top = std::max(0, static_cast<int>(std::floor(std::min(a.y, b.y) - reach)));
        const int bottom = std::min(kSide - 1, static_cast<int>(std::ceil(std::max(a.y, b.y) + reach)));
        const double dx = b.x - a.x, dy = b.y - a.y, length2 = std::max(1e-12, dx * dx + dy * dy);
        for (int y = top; y <= bottom; ++y)
            for (int x = left; x <= right; ++x) {
                const double px = x - a.x, py = y - a.y;
                const double t = std::clamp((px * dx + py * dy) / length2, 0.0, 1.0);
                const double away_x = px - t * dx, away_y = py - t * dy;
                const double edge =
                    std::sqrt(away_x * away_x + away_y * away_y) - (radius_a + t * (radius_b - radius_a));
                double& pixel = ink_[y * kSide + x];
                pixel = std::max(pixel, ink * std::clamp(0.5 - edge, 0.0, 1.0));
            }
    }
    double ink(int pixel) const { return ink_[pixel]; }

  private:
    double ink_[kSide * kSide] = {};
};

void write(const Glyph& glyph, Dice& dice, Paper& paper) {
    const Hand hand(dice);
    const double radius = dice.between(0.55, 1.7), ink = dice.between(0.55, 1.0), wobble = dice.between(0.01, 0.04);
    for (const Stroke& stroke : glyph) {
        Stroke moved;
        for (const Point& p : stroke) {
            const double x = p.x + wobble * dice.bell(), y = p.y + wobble * dice.bell();
            moved.push_back(hand.place({x, y}));
        }
        const std::vector<Point> curve = traced(moved);
        double before = radius * dice.between(0.8, 1.2);
        for (std::size_t i = 0; i + 1 < curve.size(); ++i) {
            const double after = std::clamp(before + 0.12 * radius * dice.bell(), 0.6 * radius, 1.4 * radius);
            const double skipped = dice.chance(0.04) ? dice.between(0.2, 0.8) : 1;
            paper.line(curve[i], curve[i + 1], before, after, ink * skipped);
            before = after;
        }
    }
}

// Specks and stray lines, which belong to no digit.
void soil(Dice& dice, Paper& paper) {
    for (int marks = dice.pick(4); marks > 0; --marks) {
        const double x = dice.between(0, kSide), y = dice.between(0, kSide);
        const double turn = dice.between(0, 6.283185307179586), length = dice.between(0, 4);
        const double radius = dice.between(0.3, 0.8), ink = dice.between(0.2, 0.7);
        paper.line({x, y}, {x + length * std::cos(turn), y + length * std::sin(turn)}, radius, radius, ink);
    }
}

void draw_digit(int label, Dice& dice, std::span<std::uint8_t> pixels) {
    const std::vector<Glyph>& ways = kGlyphs[label];
    Paper paper;
    write(ways[static_cast<std::size_t>(dice.pick(static_cast<int>(ways.size())))], dice, paper);
    soil(dice, paper);
    const double grain = dice.between(0.0, 0.12);
    for (int i = 0; i < kSide * kSide; ++i)
        pixels[static_cast<std::size_t>(i)] = to_byte(paper.ink(i) + grain * (dice.uniform() + dice.uniform() - 1));
}

}  // namespace

Split make_digits(const MadeSetOptions& options) {
    return make_set({"digits", {1, kSide, kSide}, {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}, draw_digit},
                    options);
}

}  // namespace normlab
