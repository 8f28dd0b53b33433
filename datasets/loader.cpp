#include "datasets/loader.h"

#include <algorithm>
#include <numeric>

#include "datasets/mixup.h"
#include "datasets/prefetch.h"
#include "datasets/shuffle.h"
#include "framework/support/error.h"

namespace normlab {
namespace {

// One row of the result: which column of `from` each column is taken from, each byte through its channel's table. The
// columns of zeros are at the ends.
template <int kChannels>
void write_row(const View& view, Index first, Index last, Index channels, const std::uint8_t* from, const Scalar* table,
               Scalar* to) {
    const Index C = kChannels > 0 ? kChannels : channels;
    std::fill(to, to + first * C, Scalar{0});
    const Index* column = view.columns.data();
    for (Index x = first; x < last; ++x) {
        const std::uint8_t* pixel = from + column[x] * C;
        for (Index c = 0; c < C; ++c) to[x * C + c] = table[c * 256 + pixel[c]];
    }
    std::fill(to + last * C, to + static_cast<Index>(view.columns.size()) * C, Scalar{0});
}

void write_turned(const View& view, Index C, const std::uint8_t* from, const Scalar* table, Scalar* to) {
    for (std::size_t y = 0; y < view.rows.size(); ++y)
        for (std::size_t x = 0; x < view.columns.size(); ++x) {
            const Index source = view.source(y, x);
            for (Index c = 0; c < C; ++c)
                *to++ = source == View::nothing ? Scalar{0} : table[c * 256 + from[source * C + c]];
        }
}

void write_straight(const View& view, Index C, const std::uint8_t* from, const Scalar* table, Scalar* to) {
    const Index H = static_cast<Index>(view.rows.size()), W = static_cast<Index>(view.columns.size());
    const auto seen = [](Index column) { return column != View::nothing; };
    const Index first = std::ranges::find_if(view.columns, seen) - view.columns.begin();
    const Index last = std::find_if(view.columns.rbegin(), view.columns.rend(), seen).base() - view.columns.begin();
    const auto write = C == 1 ? write_row<1> : C == 3 ? write_row<3> : write_row<0>;
    for (Index y = 0; y < H; ++y) {
        const Index row = view.rows[static_cast<std::size_t>(y)];
        if (row == View::nothing || first >= last)
            std::fill(to + y * W * C, to + (y + 1) * W * C, Scalar{0});
        else
            write(view, first, last, C, from + row * W * C, table, to + y * W * C);
    }
}

void write_image(const View& view, Index C, const std::uint8_t* from, const Scalar* table, Scalar* to) {
    const Index W = static_cast<Index>(view.columns.size());
    (view.turned.empty() ? write_straight : write_turned)(view, C, from, table, to);
    for (const View::Hole& hole : view.holes)
        for (Index y = hole.top; y < hole.bottom; ++y)
            std::fill(to + (y * W + hole.left) * C, to + (y * W + std::max(hole.left, hole.right)) * C, Scalar{0});
}

// What each byte becomes, channel by channel.
std::vector<Scalar> tables(const PixelScale& scale) {
    std::vector<Scalar> table;
    for (std::size_t c = 0; c < scale.mean.size(); ++c)
        for (int byte = 0; byte < 256; ++byte)
            table.push_back(static_cast<Scalar>((byte / 255.0 - scale.mean[c]) / scale.std[c]));
    return table;
}

}  // namespace

class Loader::State {
  public:
    State(const ImageSet& set, LoaderOptions options) : set_(set), options_(std::move(options)) {
        const Index C = set.image[0];
        if (options_.scale.mean.empty()) options_.scale = unit_scale(C);
        require(set.size() > 0, "loader", "the set ", set.name, " holds no images");
        require(static_cast<Index>(set.pixels.size()) == set.size() * set.image.elements(), "loader", set.size(),
                " images ", set.image, " need ", set.size() * set.image.elements(), " bytes, the set has ",
                set.pixels.size());
        require(options_.batch_size >= 1, "loader", "batch_size must be at least 1, got ", options_.batch_size);
        require(options_.workers >= 1, "loader", "workers must be at least 1, got ", options_.workers);
        require(options_.prefetch >= 1, "loader", "prefetch must be at least 1, got ", options_.prefetch);
        require(static_cast<Index>(options_.scale.mean.size()) == C &&
                    options_.scale.std.size() == options_.scale.mean.size(),
                "loader", "images have ", C, " channels, the scale has ", options_.scale.mean.size(), " means and ",
                options_.scale.std.size(), " deviations");
        require(options_.mixup >= 0 && options_.mixup <= kMostMixup, "loader", "mixup must be from 0 to ", kMostMixup,
                ", got ", options_.mixup);
        require_colours(options_.augmentations, set.image);
        require(batches() > 0, "loader", set.name, " holds ", set.size(), " images, fewer than one batch of ",
                options_.batch_size, ", and drop_last leaves out what fills no batch");
        table_ = tables(options_.scale);
    }

    Index batch_size() const { return options_.batch_size * options_.join; }
    Index batches() const { return (images() + batch_size() - 1) / batch_size(); }
    Index images() const { return set_.size() - (options_.drop_last ? set_.size() % options_.batch_size : 0); }

    void start_epoch(Index epoch, Index first_batch) {
        require(first_batch >= 0 && first_batch <= batches(), "loader", "an epoch has ", batches(),
                " batches, cannot start at batch ", first_batch);
        prefetcher_.reset();
        epoch_ = epoch;
        order_ = order_of(epoch);
        prefetcher_.emplace(first_batch, batches(), options_.workers, options_.prefetch,
                            [this](Index number) { return make(number); });
    }

    std::optional<Batch> next() {
        require(prefetcher_.has_value(), "loader", "next() before start_epoch()");
        return prefetcher_->next();
    }

  private:
    std::vector<Index> order_of(Index epoch) const {
        if (options_.shuffle)
            return shuffled(stream_named(options_.seed, "order"), static_cast<std::uint64_t>(epoch), set_.size());
        std::vector<Index> order(static_cast<std::size_t>(set_.size()));
        std::iota(order.begin(), order.end(), Index{0});
        return order;
    }

    Batch make(Index number) const {
        const Index whole = std::min(batch_size(), images() - number * batch_size());
        const BatchPart part = part_of(whole, options_.cut, *options_.ranks);
        const Index first = number * batch_size() + part.first, count = part.images;
        const Index C = set_.image[0], H = set_.image[1], W = set_.image[2];
        Batch batch{.part = part,
                    .images = Tensor({count, C, H, W}),
                    .labels = Labels(static_cast<std::size_t>(count)),
                    .indices = {order_.begin() + first, order_.begin() + first + count}};
        Scalar* to = batch.images.mutable_data();
        View view;
        for (std::size_t i = 0; i < batch.indices.size(); ++i, to += set_.image.elements()) {
            const Index image = batch.indices[i];
            batch.labels[i] = set_.labels[static_cast<std::size_t>(image)];
            view.reset(H, W);
            augment(view, options_.augmentations, options_.seed, epoch_, image);
            const auto pixels = set_.pixels_of(image);
            const bool changes = !view.tones.empty() || !view.colours.empty();
            const std::vector<std::uint8_t> changed = changes ? recoloured(pixels, view) : std::vector<std::uint8_t>{};
            write_image(view, C, changes ? changed.data() : pixels.data(), table_.data(), to);
        }
        if (options_.mixup > 0) mix(batch, mixing_share(options_.mixup, options_.seed, epoch_ * batches() + number));
        return batch;
    }

    const ImageSet& set_;
    LoaderOptions options_;
    std::vector<Scalar> table_;
    Index epoch_ = 0;
    std::vector<Index> order_;
    std::optional<Prefetcher<Batch>> prefetcher_;  // ends before what its workers read
};

Loader::Loader(const ImageSet& set, LoaderOptions options) : state_(std::make_unique<State>(set, std::move(options))) {}
Loader::~Loader() = default;
Loader::Loader(Loader&&) noexcept = default;
Index Loader::batches() const {
    return state_->batches();
}
Index Loader::images() const {
    return state_->images();
}
void Loader::start_epoch(Index epoch, Index first_batch) {
    state_->start_epoch(epoch, first_batch);
}
std::optional<Batch> Loader::next() {
    return state_->next();
}

}  // namespace normlab
