#include "datasets/shapes.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace normlab {
namespace {

constexpr int kSide = 32;
constexpr double kPi = std::numbers::pi;

struct Point {
    double x, y;
};
using Polygon = std::vector<Point>;
using Colour = std::array<double, 3>;

// ---- Outlines: the distance of a point to the edge of a shape of size 1 around the origin, negative inside. ----

double length(double x, double y) {
    return std::sqrt(x * x + y * y);
}

double polygon(const Polygon& corners, Point p) {
    double nearest2 = 1e9;
    bool inside = false;
    for (std::size_t i = 0, j = corners.size() - 1; i < corners.size(); j = i++) {
        const Point a = corners[i], b = corners[j];
        const double ex = b.x - a.x, ey = b.y - a.y, px = p.x - a.x, py = p.y - a.y;
        const double t = std::clamp((px * ex + py * ey) / (ex * ex + ey * ey), 0.0, 1.0);
        const double dx = px - t * ex, dy = py - t * ey;
        nearest2 = std::min(nearest2, dx * dx + dy * dy);
        if ((a.y > p.y) != (b.y > p.y) && p.x < ex * (p.y - a.y) / ey + a.x) inside = !inside;
    }
    return inside ? -std::sqrt(nearest2) : std::sqrt(nearest2);
}

// `count` corners on a circle; with an inner radius every other corner lies on that one.
Polygon around(int count, double inner = 1) {
    Polygon corners;
    for (int i = 0; i < count; ++i) {
        const double radius = i % 2 == 0 ? 1 : inner, turn = 2 * kPi * i / count;
        corners.push_back({radius * std::sin(turn), -radius * std::cos(turn)});
    }
    return corners;
}

Polygon heart_outline() {
    Polygon corners;
    for (int i = 0; i < 24; ++i) {
        const double t = 2 * kPi * i / 24, s = std::sin(t);
        corners.push_back(
            {s * s * s, -(13 * std::cos(t) - 5 * std::cos(2 * t) - 2 * std::cos(3 * t) - std::cos(4 * t)) / 16});
    }
    return corners;
}

double disc(Point p) {
    return length(p.x, p.y) - 0.9;
}
double ring(Point p) {
    return std::abs(length(p.x, p.y) - 0.7) - 0.24;
}
double crescent(Point p) {
    return std::max(length(p.x, p.y) - 0.95, 0.75 - length(p.x - 0.45, p.y));
}
double square(Point p) {
    return std::max(std::abs(p.x), std::abs(p.y)) - 0.78;
}
double cross(Point p) {
    const double x = std::abs(p.x), y = std::abs(p.y);
    return std::min(std::max(x - 0.95, y - 0.3), std::max(x - 0.3, y - 0.95));
}
double triangle(Point p) {
    static const Polygon corners = around(3);
    return polygon(corners, p);
}
double hexagon(Point p) {
    static const Polygon corners = around(6);
    return polygon(corners, p);
}
double star(Point p) {
    static const Polygon corners = around(10, 0.42);
    return polygon(corners, p);
}
double heart(Point p) {
    static const Polygon corners = heart_outline();
    return polygon(corners, p);
}
double arrow(Point p) {
    static const Polygon corners = {{1, 0}, {.1, -.8}, {.1, -.3}, {-.95, -.3}, {-.95, .3}, {.1, .3}, {.1, .8}};
    return polygon(corners, p);
}

struct Form {
    const char* name;
    double (*distance)(Point);
};
constexpr Form kForms[] = {{"disc", disc},   {"ring", ring},         {"crescent", crescent}, {"square", square},
                           {"cross", cross}, {"triangle", triangle}, {"hexagon", hexagon},   {"star", star},
                           {"heart", heart}, {"arrow", arrow}};

// A shape of some size, turn and place.
class Placed {
  public:
    Placed(const Form& form, Dice& dice, double size, Point center) : form_(form), size_(size), center_(center) {
        const double turn = dice.between(-0.35, 0.35);
        cosine_ = std::cos(turn), sine_ = std::sin(turn);
        squeeze_ = dice.between(0.85, 1.0);
    }
    // How much of the pixel at p it covers, 0 to 1.
    double covers(Point p) const {
        const double x = (p.x - center_.x) / size_, y = (p.y - center_.y) / size_;
        if (x * x + y * y > 2.2) return 0;
        const Point turned = {cosine_ * x + sine_ * y, (cosine_ * y - sine_ * x) / squeeze_};
        return std::clamp(0.5 - form_.distance(turned) * size_, 0.0, 1.0);
    }

  private:
    const Form& form_;
    double size_, cosine_ = 1, sine_ = 0, squeeze_ = 1;
    Point center_;
};

// ---- Surfaces: two colours in a pattern. ----

Colour any_colour(Dice& dice) {
    const double r = dice.uniform(), g = dice.uniform(), b = dice.uniform();
    return {r, g, b};
}

Colour mixed(const Colour& a, const Colour& b, double t) {
    return {a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1]), a[2] + t * (b[2] - a[2])};
}

class Surface {
  public:
    Surface(Dice& dice, const Colour& colour) : first_(colour) {
        const double contrast = dice.between(0.1, 0.4);
        second_ = mixed(colour, any_colour(dice), contrast);
        kind_ = dice.pick(4);
        const double turn = dice.between(0, 2 * kPi), waves = 2 * kPi / dice.between(3, 10);
        x_ = waves * std::cos(turn), y_ = waves * std::sin(turn);
        phase_ = dice.between(0, 2 * kPi);
    }
    Colour at(Point p) const { return kind_ == 0 ? first_ : mixed(first_, second_, pattern(p)); }

  private:
    double pattern(Point p) const {
        const double u = std::sin(x_ * p.x + y_ * p.y + phase_);
        if (kind_ == 1) return 0.5 + 0.5 * u;                                               // waves
        if (kind_ == 2) return std::clamp(0.5 + 3 * u, 0.0, 1.0);                           // stripes
        return std::clamp(0.5 + 3 * u * std::sin(x_ * p.y - y_ * p.x + phase_), 0.0, 1.0);  // checks
    }
    Colour first_, second_;
    int kind_;
    double x_, y_, phase_;
};

// ---- The scene ----

// Brightness over the picture: a slope from one side to the other, times the exposure, in a tint.
class Light {
  public:
    explicit Light(Dice& dice) {
        const double turn = dice.between(0, 2 * kPi), slope = dice.between(0, 0.7) / (kSide / 2.0);
        x_ = slope * std::cos(turn), y_ = slope * std::sin(turn);
        exposure_ = 0.3 * std::exp(dice.between(0, 1.4));
        for (double& channel : tint_) channel = dice.between(0.7, 1.15);
        haze_ = dice.between(0, 0.3);
    }
    double at(Point p, double surface, std::size_t channel) const {
        const double lit = exposure_ * (1 + x_ * (p.x - kSide / 2.0) + y_ * (p.y - kSide / 2.0));
        return tint_[channel] * (lit * surface * (1 - haze_) + haze_);
    }

  private:
    double x_, y_, exposure_, haze_;
    Colour tint_{};
};

struct Thing {
    Placed form;
    Surface surface;
};

Thing clutter(Dice& dice) {
    const Form& form = kForms[dice.pick(10)];
    const double size = dice.between(1.2, 2.8), x = dice.between(0, kSide), y = dice.between(0, kSide);
    const Placed placed(form, dice, size, {x, y});
    return {placed, Surface(dice, any_colour(dice))};
}

// A colour that the eye can tell from the ground's, if only just.
Colour colour_on(const Colour& ground, Dice& dice) {
    Colour colour = any_colour(dice);
    for (int attempt = 0; attempt < 20; ++attempt) {
        double difference = 0;
        for (std::size_t c = 0; c < 3; ++c) difference += std::abs(colour[c] - ground[c]);
        if (difference > 1.1) break;
        colour = any_colour(dice);
    }
    return colour;
}

void draw_shape(int label, Dice& dice, std::span<std::uint8_t> pixels) {
    const Colour ground_colour = any_colour(dice);
    const Surface ground(dice, ground_colour);
    std::vector<Thing> things;  // later ones lie on top
    for (int count = dice.pick(4); count > 0; --count) things.push_back(clutter(dice));
    const double size = dice.between(8.5, 12.5);
    const double x = kSide / 2.0 + dice.between(-3, 3), y = kSide / 2.0 + dice.between(-3, 3);
    const Placed placed(kForms[label], dice, size, {x, y});
    things.push_back({placed, Surface(dice, colour_on(ground_colour, dice))});
    if (dice.chance(0.25)) things.push_back(clutter(dice));

    const Light light(dice);
    const double noise = dice.between(0.005, 0.03);
    std::size_t at = 0;
    for (int row = 0; row < kSide; ++row)
        for (int column = 0; column < kSide; ++column) {
            const Point p = {column + 0.5, row + 0.5};
            Colour colour = ground.at(p);
            for (const Thing& thing : things)
                if (const double covered = thing.form.covers(p); covered > 0)
                    colour = mixed(colour, thing.surface.at(p), covered);
            for (std::size_t c = 0; c < 3; ++c) pixels[at++] = to_byte(light.at(p, colour[c], c) + noise * dice.bell());
        }
}

}  // namespace

Split make_shapes(const MadeSetOptions& options) {
    std::vector<std::string> names;
    for (const Form& form : kForms) names.emplace_back(form.name);
    return make_set({"shapes", {3, kSide, kSide}, names, draw_shape}, options);
}

}  // namespace normlab
