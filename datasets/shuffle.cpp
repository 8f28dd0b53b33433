#include "datasets/shuffle.h"

#include <numeric>
#include <utility>

namespace normlab {

// Fisher and Yates: the last place takes any of the numbers, the place before it any of the rest, and so on. Each call
// of the generator gives four words, enough for four places.
std::vector<Index> shuffled(RandomStream stream, std::uint64_t step, Index count) {
    std::vector<Index> order(static_cast<std::size_t>(count));
    std::iota(order.begin(), order.end(), Index{0});
    std::array<std::uint32_t, 4> words{};
    for (std::size_t place = order.size(), drawn = 0; place > 1; --place, ++drawn) {
        if (drawn % 4 == 0) words = random_words(stream, step, drawn / 4);
        std::swap(order[place - 1],
                  order[static_cast<std::size_t>(below(static_cast<Index>(place), words[drawn % 4]))]);
    }
    return order;
}

}  // namespace normlab
