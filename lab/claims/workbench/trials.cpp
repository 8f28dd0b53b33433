#include "lab/claims/workbench/trials.h"

#include <algorithm>

#include "framework/support/error.h"

namespace normlab {
namespace {

void add_point(Plot::Curve& curve, const std::vector<double>& values) {
    const auto [low, high] = std::ranges::minmax(values);
    curve.y.push_back(mean_of(values)), curve.low.push_back(low), curve.high.push_back(high);
}

}  // namespace

std::string text_of(double rate) {
    std::string text = std::to_string(rate);
    text.erase(text.find_last_not_of('0') + 1);
    return text.ends_with('.') ? text.substr(0, text.size() - 1) : text;
}

Run::operator std::string() const {
    return net + ", " + norm + ", rate " + text_of(rate);
}

void Trials::try_all(Workbench& bench, const std::vector<std::string>& names, Seeds which,
                     const std::function<Numbers(std::size_t at, std::uint64_t seed)>& work) {
    std::vector<std::uint64_t> seeds = bench.seeds();
    if (which == Seeds::first) seeds.resize(1);
    std::vector<std::string> labels;
    for (const std::string& name : names)
        for (const std::uint64_t seed : seeds) labels.push_back(label_of(name, seed));
    std::vector<Numbers> all =
        bench.each(labels, [&](std::size_t piece) { return work(piece / seeds.size(), seeds[piece % seeds.size()]); });
    for (std::size_t piece = 0; piece < all.size(); ++piece)
        found_[names[piece / seeds.size()]].push_back(std::move(all[piece]));
}

const std::vector<double>& Trials::list(const std::string& name, const std::string& what, std::size_t seed) const {
    const auto found = found_.find(name);
    require(found != found_.end(), "trials", "there is no case \"", name, "\"");
    const auto numbers = found->second.at(seed).find(what);
    require(numbers != found->second.at(seed).end(), "trials", "the case \"", name, "\" found no \"", what, "\"");
    return numbers->second;
}

std::vector<double> Trials::of(const std::string& name, const std::string& what, std::size_t place) const {
    return of(name, what, [&](const std::vector<double>& list) { return list.at(place); });
}

std::vector<double> Trials::of(const std::string& name, const std::string& what, const Summary& summary) const {
    std::vector<double> values = {summary(list(name, what))};
    for (std::size_t seed = 1; seed < found_.at(name).size(); ++seed) values.push_back(summary(list(name, what, seed)));
    return values;
}

std::vector<double> Trials::difference(const std::string& a, const std::string& b, const std::string& what,
                                       const Summary& summary) const {
    return minus(of(a, what, summary), of(b, what, summary));
}

std::vector<double> Trials::ratio(const std::string& a, const std::string& b, const std::string& what,
                                  const Summary& summary) const {
    return over(of(a, what, summary), of(b, what, summary));
}

Plot::Curve Trials::curve(const std::string& name, const std::string& what, Words title, std::vector<double> x,
                          int colour) const {
    Plot::Curve curve{.name = std::move(title), .x = std::move(x), .y = {}, .colour = colour};
    for (std::size_t place = 0; place < curve.x.size(); ++place) add_point(curve, of(name, what, place));
    return curve;
}

Plot::Curve Trials::across(const std::vector<std::string>& names, const std::string& what, Words title,
                           std::vector<double> x, int colour) const {
    Plot::Curve curve{.name = std::move(title), .x = std::move(x), .y = {}, .colour = colour};
    for (const std::string& name : names) add_point(curve, of(name, what));
    return curve;
}

Plot::Curve Trials::path(const std::string& name, const std::string& x, const std::string& y, Words title,
                         int colour) const {
    return {.name = std::move(title), .x = list(name, x), .y = list(name, y), .colour = colour};
}

}  // namespace normlab
