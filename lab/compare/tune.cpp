#include "lab/compare/tune.h"

#include <algorithm>

namespace normlab {

std::size_t Tuning::candidates() const {
    std::size_t count = 1;
    for (const SweepAxis& axis : axes) count *= axis.values.size();
    return count;
}

bool Tuning::Choice::ended() const {
    return std::ranges::all_of(candidates, &Candidate::ended);
}

std::size_t Tuning::runs() const {
    return choices.size() * candidates();
}

std::size_t Tuning::ended() const {
    std::size_t count = 0;
    for (const Choice& choice : choices)
        count += static_cast<std::size_t>(std::ranges::count_if(choice.candidates, &Candidate::ended));
    return count;
}

const SweepAxis::Value& Tuning::value(std::size_t candidate, std::size_t axis) const {
    for (std::size_t later = axes.size() - 1; later > axis; --later) candidate /= axes[later].values.size();
    return axes[axis].values[candidate % axes[axis].values.size()];
}

std::string Tuning::label(std::size_t candidate) const {
    std::string text;
    for (std::size_t axis = 0; axis < axes.size(); ++axis)
        text += (axis == 0 ? "" : ", ") + value(candidate, axis).label;
    return text;
}

KeyValues Tuning::keys(std::size_t candidate) const {
    KeyValues keys;
    for (std::size_t axis = 0; axis < axes.size(); ++axis)
        for (const auto& each : value(candidate, axis).keys) keys.push_back(each);
    return keys;
}

std::vector<Tuning::Edge> Tuning::edges(const Choice& choice) const {
    std::vector<Edge> edges;
    for (std::size_t axis = 0; axis < axes.size() && choice.best; ++axis) {
        if (!axes[axis].is_numeric() || axes[axis].values.size() < 2) continue;
        std::vector<double> numbers;
        for (const SweepAxis::Value& each : axes[axis].values) numbers.push_back(*each.number());
        const double chosen = *value(*choice.best, axis).number();
        if (chosen == std::ranges::min(numbers)) edges.push_back({axis, "smallest"});
        if (chosen == std::ranges::max(numbers)) edges.push_back({axis, "largest"});
    }
    return edges;
}

}  // namespace normlab
