#include <cmath>
#include <set>
#include <vector>

#include "datasets/loader.h"
#include "datasets/mixup.h"
#include "datasets/prefetch.h"
#include "datasets/shuffle.h"
#include "tests/catch.h"
#include "tests/datasets/counting_set.h"
#include "tests/support.h"

using namespace normlab;
using namespace normlab::test;

namespace {

std::vector<Index> indices_of(const std::vector<Batch>& batches) {
    std::vector<Index> all;
    for (const Batch& batch : batches) all.insert(all.end(), batch.indices.begin(), batch.indices.end());
    return all;
}

bool same(const std::vector<Batch>& a, const std::vector<Batch>& b) {
    return std::ranges::equal(a, b, [](const Batch& x, const Batch& y) {
        return x.indices == y.indices && x.labels == y.labels && same_bits(x.images, y.images);
    });
}

const std::vector<Augmentation> kAll = {RandomCrop{},
                                        HorizontalFlip{},
                                        Translate{},
                                        Cutout{},
                                        RandomResizedCrop{},
                                        Rotation{},
                                        Jitter{.saturation = 0.5, .hue = 0.2}};

}  // namespace

TEST_CASE("a batch holds the pixels in PyTorch's order, scaled by channel") {
    ImageSet set = counting_set(2, {3, 1, 2});  // pixels r g b r g b | r g b r g b
    Loader loader(set, {.batch_size = 2, .scale = {{0, 1 / 255.0, 0}, {1 / 255.0, 1 / 255.0, 2 / 255.0}}});
    const auto batches = epoch_of(loader, 0);
    REQUIRE(batches.size() == 1);
    REQUIRE(batches[0].images.shape() == Shape{2, 3, 1, 2});
    REQUIRE(relative_error(batches[0].images.values(), {0, 3, 0, 3, 1, 2.5, 6, 9, 6, 9, 4, 5.5}) < 1e-6);
    REQUIRE(batches[0].labels == Labels{0, 1});
}

TEST_CASE("without a scale pixels are 0 to 1") {
    ImageSet set = counting_set(1, {1, 1, 2});
    set.pixels = {0, 255};
    Loader loader(set, {.batch_size = 1});
    REQUIRE(epoch_of(loader, 0)[0].images.values() == std::vector<Scalar>{0, 1});
}

TEST_CASE("the scale of a set gives it mean 0 and deviation 1") {
    ImageSet set = counting_set(2, {2, 1, 2});
    set.pixels = {0, 7, 255, 7, 0, 7, 255, 7};
    const PixelScale scale = scale_of(set);
    REQUIRE(scale == PixelScale{{0.5, 7 / 255.0}, {0.5, 1}});  // the second channel never changes
    REQUIRE(parse_scale("auto", "data.normalize", set) == scale);
    REQUIRE(parse_scale(nullptr, "data.normalize", set) == PixelScale{{0, 0}, {1, 1}});
    REQUIRE(parse_scale(to_json(scale), "data.normalize", set) == scale);
}

TEST_CASE("a scale that does not fit is a config error with its path") {
    const ImageSet set = counting_set(1, {3, 1, 1});
    const auto error = [&](const char* json) {
        return error_of([&] { parse_scale(Json::parse(json), "data.normalize", set); });
    };
    REQUIRE(contains(error(R"("imagenet")"), "data.normalize: unknown value \"imagenet\"; known: \"auto\", null"));
    REQUIRE(contains(error(R"({"mean": [0.5], "std": [0.25]})"),
                     "data.normalize.mean: expected a number for each of the 3 channels"));
    REQUIRE(
        contains(error(R"({"mean": [0, 0, 0], "std": [1, 0, 1]})"), "data.normalize.std[1]: must be above 0, got 0"));
    REQUIRE(contains(error(R"({"mean": [0, 0, 0], "sdt": [1, 1, 1]})"),
                     "data.normalize.sdt: did you mean \"std\", which is missing?"));
}

TEST_CASE("each epoch shows every image once, in its own order") {
    const ImageSet set = counting_set(103, {1, 2, 2});
    Loader loader(set, {.batch_size = 10, .shuffle = true, .seed = 1});
    std::set<std::vector<Index>> orders;
    for (Index epoch = 0; epoch < 4; ++epoch) {
        std::vector<Index> order = indices_of(epoch_of(loader, epoch));
        orders.insert(order);
        std::ranges::sort(order);
        REQUIRE(order == indices_of(epoch_of(*std::make_unique<Loader>(set, LoaderOptions{}), 0)));
    }
    REQUIRE(orders.size() == 4);
    Loader other(set, {.batch_size = 10, .shuffle = true, .seed = 2});
    REQUIRE_FALSE(orders.contains(indices_of(epoch_of(other, 0))));
}

TEST_CASE("every order is as likely as any other") {
    std::array<int, 6> counts{};
    for (std::uint64_t step = 0; step < 6000; ++step) {
        const std::vector<Index> order = shuffled({1, 2}, step, 3);
        ++counts[static_cast<std::size_t>(2 * order[0] + (order[1] > order[2] ? 1 : 0))];
    }
    for (const int count : counts) REQUIRE(std::abs(count - 1000) < 4 * 29);  // 29: a binomial's deviation
}

TEST_CASE("the last batch is smaller, or left out") {
    const ImageSet set = counting_set(25, {1, 1, 1});
    Loader whole(set, {.batch_size = 10}), dropping(set, {.batch_size = 10, .drop_last = true});
    REQUIRE((whole.batches() == 3 && whole.images() == 25));
    REQUIRE((dropping.batches() == 2 && dropping.images() == 20));
    REQUIRE(epoch_of(whole, 0).back().images.shape() == Shape{5, 1, 1, 1});
    REQUIRE(indices_of(epoch_of(dropping, 0)).size() == 20);
}

TEST_CASE("the number of workers changes nothing") {
    const ImageSet set = counting_set(500, {3, 8, 8});
    const auto run = [&](int workers, Index prefetch) {
        Loader loader(set, {.batch_size = 7,
                            .shuffle = true,
                            .seed = 3,
                            .augmentations = kAll,
                            .workers = workers,
                            .prefetch = prefetch});
        return epoch_of(loader, 2);
    };
    const auto one = run(1, 1);
    REQUIRE(same(run(3, 2), one));
    REQUIRE(same(run(8, 16), one));
}

TEST_CASE("an epoch can be resumed in the middle, or dropped there") {
    const ImageSet set = counting_set(100, {3, 8, 8});
    Loader loader(set, {.batch_size = 10, .shuffle = true, .seed = 3, .augmentations = kAll, .workers = 2});
    const auto whole = epoch_of(loader, 1);
    loader.start_epoch(5);
    loader.next();
    REQUIRE(same(epoch_of(loader, 1, 4), {whole.begin() + 4, whole.end()}));
    REQUIRE(epoch_of(loader, 1, 10).empty());
    REQUIRE_FALSE(loader.next());  // stays over
    loader.start_epoch(6);         // ends with batches under way
}

TEST_CASE("what fails while a batch is made is thrown where the batch is taken") {
    Prefetcher<int> numbers(0, 100, 3, 8, [](Index number) {
        require(number != 5, "test", "no ", number);
        return static_cast<int>(number);
    });
    for (int i = 0; i < 5; ++i) REQUIRE(numbers.next() == i);
    REQUIRE(error_of([&] { numbers.next(); }) == "[test] no 5");
    REQUIRE_FALSE(numbers.next());
}

TEST_CASE("a loader that cannot work says why") {
    const ImageSet set = counting_set(5, {3, 2, 2});
    const auto error = [&](const LoaderOptions& options) { return error_of([&] { Loader(set, options); }); };
    REQUIRE(
        contains(error({.batch_size = 10, .drop_last = true}), "counting holds 5 images, fewer than one batch of 10"));
    REQUIRE(contains(error({.batch_size = 0}), "batch_size must be at least 1"));
    REQUIRE(contains(error({.scale = {{0}, {1}}}), "images have 3 channels, the scale has 1 means"));
    REQUIRE(contains(error({.workers = 0}), "workers must be at least 1"));
    Loader loader(set, {});
    REQUIRE(contains(error_of([&] { loader.next(); }), "next() before start_epoch()"));
    REQUIRE(contains(error_of([&] { loader.start_epoch(0, 2); }), "an epoch has 1 batches, cannot start at batch 2"));
}

TEST_CASE("mixup mixes each image with the next one of its block, and keeps both labels") {
    const ImageSet set = counting_set(4, {1, 2, 2});
    const LoaderOptions plain{.batch_size = 4, .shuffle = true, .seed = 3};
    LoaderOptions options = plain;
    options.mixup = 1;
    Loader loader(set, plain), mixing(set, options);
    const Batch before = epoch_of(loader, 2)[0], mixed = epoch_of(mixing, 2)[0];
    REQUIRE(mixed.share == mixing_share(1, 3, 2));
    REQUIRE(mixed.labels == before.labels);
    REQUIRE(mixed.second_labels == Labels{before.labels[1], before.labels[2], before.labels[3], before.labels[0]});
    for (Index i = 0; i < 16; ++i) {
        const double expected =
            mixed.share * before.images.data()[i] + (1 - mixed.share) * before.images.data()[(i + 4) % 16];
        REQUIRE(std::abs(mixed.images.data()[i] - expected) < 1e-6);
    }
    Batch blocks = before;
    blocks.part.block = 2;
    mix(blocks, 0.75);
    REQUIRE(blocks.second_labels == Labels{before.labels[1], before.labels[0], before.labels[3], before.labels[2]});
}

TEST_CASE("mixup's share has the mean of Beta's larger half, is at least one half, and differs from batch to batch") {
    // For α = 1 the larger of λ and 1 − λ is uniform from ½ to 1; for small α it is near 1.
    double mean = 0, of_small = 0;
    const int count = 4000;
    for (Index batch = 0; batch < count; ++batch) {
        const double share = mixing_share(1, 1, batch);
        REQUIRE((share >= 0.5 && share <= 1));
        mean += share / count, of_small += mixing_share(0.001, 1, batch) / count;
    }
    REQUIRE(std::abs(mean - 0.75) < 4 * 0.5 / std::sqrt(12.0 * count));
    REQUIRE(of_small > 0.99);
    REQUIRE(mixing_share(1, 1, 0) != mixing_share(1, 2, 0));
}

TEST_CASE("a mixed epoch resumed in the middle has the same batches, whatever the number of workers") {
    const ImageSet set = counting_set(12, {1, 2, 2});
    LoaderOptions options{.batch_size = 4, .shuffle = true, .seed = 3, .mixup = 0.4};
    Loader whole(set, options);
    options.workers = 3;
    Loader resumed(set, options);
    const std::vector<Batch> all = epoch_of(whole, 1);
    resumed.start_epoch(1, 2);
    const std::optional<Batch> last = resumed.next();
    REQUIRE(same({all[2]}, {*last}));
    REQUIRE(last->share == all[2].share);
    REQUIRE(last->share != all[1].share);
}
