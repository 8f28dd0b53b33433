#include "lab/claims/workbench/curves.h"

#include <algorithm>
#include <array>
#include <numeric>

namespace normlab {
namespace {

struct Look {
    const char* norm;
    Words title;
    int colour;
};
const Look* look_of(const std::string& norm) {
    static const std::array<Look, 5> looks = {{{"batch", {"batch norm", "배치 정규화"}, colours::kBatch},
                                               {"none", {"no norm", "정규화 없음"}, colours::kNone},
                                               {"group", {"group norm", "그룹 정규화"}, colours::kGroup},
                                               {"layer", {"layer norm", "레이어 정규화"}, colours::kLayer},
                                               {"batch_renorm", {"batch renorm", "배치 재정규화"}, colours::kOther}}};
    const auto* found = std::ranges::find(looks, norm, &Look::norm);
    return found == looks.end() ? nullptr : found;
}

}  // namespace

Words title_of(const std::string& norm) {
    const Look* look = look_of(norm);
    return look == nullptr ? Words{norm, norm} : look->title;
}

int colour_of(const std::string& norm) {
    const Look* look = look_of(norm);
    return look == nullptr ? colours::kOther : look->colour;
}

Plot::Curve theory(Words name, std::vector<double> x, std::vector<double> y) {
    return {.name = std::move(name),
            .x = std::move(x),
            .y = std::move(y),
            .colour = colours::kTheory,
            .style = Plot::Curve::Style::dashed};
}

Plot::Curve bars(Words name, const Histogram& counts, int colour) {
    return {.name = std::move(name),
            .x = counts.at,
            .y = counts.share,
            .colour = colour,
            .style = Plot::Curve::Style::bars};
}

Plot::Curve points(Plot::Curve curve) {
    curve.style = Plot::Curve::Style::points;
    return curve;
}

std::vector<double> count_up(double first, std::size_t count) {
    std::vector<double> numbers(count);
    std::iota(numbers.begin(), numbers.end(), first);
    return numbers;
}

}  // namespace normlab
