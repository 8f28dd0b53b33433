#include <set>

#include "datasets/loader.h"
#include "datasets/prefetch.h"
#include "datasets/shuffle.h"
#include "tests/catch.h"
#include "tests/support.h"

using namespace normlab;
using namespace normlab::test;

namespace {

// `count` images; the bytes count up from image to image, channel fastest.
ImageSet counting_set(Index count, const Shape& image) {
    ImageSet set{.name = "counting", .image = image, .classes = {"even", "odd"}};
    for (Index i = 0; i < count * image.elements(); ++i) set.pixels.push_back(static_cast<std::uint8_t>(i));
    for (Index i = 0; i < count; ++i) set.labels.push_back(static_cast<int>(i % 2));
    return set;
}

std::vector<Batch> epoch_of(Loader& loader, Index epoch, Index first_batch = 0) {
    std::vector<Batch> batches;
    loader.start_epoch(epoch, first_batch);
    while (auto batch = loader.next()) batches.push_back(std::move(*batch));
    return batches;
}

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

const std::vector<Augmentation> kAll = {RandomCrop{}, HorizontalFlip{},    Translate{},
                                        Cutout{},     RandomResizedCrop{}, Jitter{}};

// What an augmentation makes of a 3x4 image over many epochs.
std::vector<View> views(const Augmentation& augmentation) {
    std::vector<View> all(200);
    for (std::size_t epoch = 0; epoch < all.size(); ++epoch) {
        all[epoch].reset(3, 4);
        augment(all[epoch], std::vector{augmentation}, 1, static_cast<Index>(epoch), 0);
    }
    return all;
}

using Indices = std::vector<Index>;
std::set<Indices> all_columns(const std::vector<View>& views) {
    std::set<Indices> columns;
    for (const View& view : views) columns.insert(view.columns);
    return columns;
}

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

TEST_CASE("random_crop shows the image shifted by up to its padding, with zeros around") {
    REQUIRE(all_columns(views(RandomCrop{1})) == std::set<Indices>{{-1, 0, 1, 2}, {0, 1, 2, 3}, {1, 2, 3, -1}});
    for (const View& view : views(RandomCrop{20})) REQUIRE(view.columns.size() == 4);
}

TEST_CASE("translate repeats the edge") {
    REQUIRE(all_columns(views(Translate{1})) == std::set<Indices>{{0, 0, 1, 2}, {0, 1, 2, 3}, {1, 2, 3, 3}});
    REQUIRE(all_columns(views(Translate{20})).size() == 7);  // never further than the image's last column
}

TEST_CASE("horizontal_flip mirrors left and right, as often as it is told") {
    REQUIRE(all_columns(views(HorizontalFlip{0.5})) == std::set<Indices>{{0, 1, 2, 3}, {3, 2, 1, 0}});
    REQUIRE(all_columns(views(HorizontalFlip{1})) == std::set<Indices>{{3, 2, 1, 0}});
    REQUIRE(all_columns(views(HorizontalFlip{0})) == std::set<Indices>{{0, 1, 2, 3}});
}

TEST_CASE("an alternating flip shows each image from the other side in the next epoch, and begins at random") {
    int mirrored_first = 0;
    for (Index image = 0; image < 200; ++image) {
        std::vector<bool> mirrored;
        for (Index epoch = 0; epoch < 6; ++epoch) {
            View view;
            view.reset(3, 4);
            augment(view, std::vector<Augmentation>{HorizontalFlip{.alternate = true}}, 1, epoch, image);
            mirrored.push_back(view.columns == Indices{3, 2, 1, 0});
            if (epoch > 0) REQUIRE(mirrored[mirrored.size() - 1] != mirrored[mirrored.size() - 2]);
        }
        mirrored_first += mirrored[0];
    }
    REQUIRE(std::abs(mirrored_first - 100) < 36);  // five standard deviations of 200 tosses
}

TEST_CASE("cutout makes a hole around any pixel, cut off at the border") {
    std::set<std::pair<Index, Index>> lefts_and_rights;
    for (const View& view : views(Cutout{2})) lefts_and_rights.insert({view.holes.at(0).left, view.holes.at(0).right});
    REQUIRE(lefts_and_rights == std::set<std::pair<Index, Index>>{{0, 1}, {0, 2}, {1, 3}, {2, 4}});
}

TEST_CASE("random_resized_crop shows a piece in the image's size, each pixel as the nearest") {
    // Half the area and sides as they are: 0.707 of four columns and more are 3 or 4.
    REQUIRE(all_columns(views(RandomResizedCrop{.min_scale = 0.5, .max_ratio = 1})) ==
            std::set<Indices>{{0, 1, 1, 2}, {1, 2, 2, 3}, {0, 1, 2, 3}});
    REQUIRE(all_columns(views(RandomResizedCrop{.min_scale = 1, .max_ratio = 1})) == std::set<Indices>{{0, 1, 2, 3}});
    bool wider = false, higher = false;
    for (const View& view : views(RandomResizedCrop{.min_scale = 0.3, .max_ratio = 3})) {
        const auto distinct = [](const Indices& axis) { return std::set<Index>(axis.begin(), axis.end()).size(); };
        wider |= distinct(view.columns) > 2 && distinct(view.rows) == 1;
        higher |= distinct(view.columns) < 3 && distinct(view.rows) == 3;
    }
    REQUIRE((wider && higher));
}

TEST_CASE("jitter changes brightness and contrast within its bounds, and what is beyond black and white is cut") {
    int least = 255, most = 0;
    for (const View& view : views(Jitter{.brightness = 0.1, .contrast = 0})) {
        for (int byte = 50; byte < 200; ++byte)
            REQUIRE(view.tones[static_cast<std::size_t>(byte)] - view.tones[50] == byte - 50);
        least = std::min(least, int{view.tones[100]}), most = std::max(most, int{view.tones[100]});
    }
    REQUIRE((least >= 74 && least < 80 && most > 120 && most <= 126));  // 100 ± 25.5
    bool cut = false;
    for (const View& view : views(Jitter{.brightness = 0, .contrast = 0.5})) {
        const double contrast = (view.tones[160] - view.tones[95]) / 65.0;
        REQUIRE((contrast > 0.48 && contrast < 1.52));
        REQUIRE(std::abs(view.tones[127] - 127) <= 1);
        cut |= view.tones[10] == 0 && view.tones[245] == 255;
    }
    REQUIRE(cut);
}

TEST_CASE("a changed tone is what the batch holds, scaled like any other") {
    ImageSet set = counting_set(1, {1, 3, 3});
    set.pixels.assign(9, 100);
    const std::vector<Augmentation> jitter = {Jitter{}};
    Loader loader(set, {.batch_size = 1, .seed = 9, .scale = {{0.5}, {0.25}}, .augmentations = jitter});
    View view;
    view.reset(3, 3);
    augment(view, jitter, 9, 3, 0);
    REQUIRE(view.tones[100] != 100);
    const double expected = (view.tones[100] / 255.0 - 0.5) / 0.25;
    for (const Scalar value : epoch_of(loader, 3)[0].images.values()) REQUIRE(std::abs(value - expected) < 1e-5);
}

TEST_CASE("padding and holes are zero after normalization, whatever the mean") {
    ImageSet set = counting_set(1, {1, 3, 3});
    set.pixels.assign(9, 100);
    for (const Augmentation& augmentation : {Augmentation(RandomCrop{9}), Augmentation(Cutout{9})}) {
        Loader loader(set, {.batch_size = 1, .scale = {{0.9}, {0.1}}, .augmentations = {augmentation}});
        const double inside = (100 / 255.0 - 0.9) / 0.1;
        for (const Scalar value : epoch_of(loader, 3)[0].images.values())
            REQUIRE((value == 0 || std::abs(value - inside) < 1e-5));
    }
}

TEST_CASE("augmentations that move farther than any image reaches are refused") {
    View view;
    view.reset(4, 4);
    const auto error = [&](const Augmentation& augmentation) {
        return error_of([&] { augment(view, std::vector{augmentation}, 1, 0, 0); });
    };
    constexpr Index huge = Index{1} << 62;
    REQUIRE(contains(error(RandomCrop{huge}),
                     "[random_crop] padding must be between 0 and 65536, got 4611686018427387904"));
    REQUIRE(contains(error(RandomCrop{-1}), "[random_crop] padding must be between 0 and 65536, got -1"));
    REQUIRE(contains(error(Translate{huge}), "[translate] max_shift must be between 0 and 65536"));
    REQUIRE(contains(error(Cutout{huge}), "[cutout] size must be between 0 and 65536"));
}

TEST_CASE("a crop and a flip make of an image what they make of its columns and rows") {
    const ImageSet set = counting_set(5, {3, 4, 4});
    const std::vector<Augmentation> augmentations = {RandomCrop{2}, HorizontalFlip{}, Cutout{1}};
    Loader loader(set, {.batch_size = 5, .seed = 9, .augmentations = augmentations});
    const std::vector<Scalar> values = epoch_of(loader, 7)[0].images.values();
    std::vector<Scalar> expected;
    for (Index image = 0; image < 5; ++image) {
        View view;
        view.reset(4, 4);
        augment(view, augmentations, 9, 7, image);
        for (std::size_t c = 0; c < 3; ++c)
            for (Index y = 0; y < 4; ++y)
                for (Index x = 0; x < 4; ++x) {
                    const Index row = view.rows[static_cast<std::size_t>(y)],
                                column = view.columns[static_cast<std::size_t>(x)];
                    const View::Hole hole = view.holes[0];
                    const bool zero =
                        row < 0 || column < 0 || (y >= hole.top && y < hole.bottom && x >= hole.left && x < hole.right);
                    const auto at = static_cast<std::size_t>(3 * (4 * row + column)) + c;
                    expected.push_back(zero ? 0 : static_cast<Scalar>(set.pixels_of(image)[at] / 255.0));
                }
    }
    REQUIRE(values == expected);
}

TEST_CASE("augmentations are read from a config") {
    const auto list = parse_augmentations(
        Json::parse(R"(["random_crop", {"type": "cutout", "size": 16}, {"type": "horizontal_flip", "p": 0.25}])"),
        "data.augment");
    REQUIRE(std::get<RandomCrop>(list.at(0)).padding == 4);
    REQUIRE(std::get<Cutout>(list.at(1)).size == 16);
    REQUIRE(std::get<HorizontalFlip>(list.at(2)).p == 0.25);
    const auto error = [](const char* json) {
        return error_of([&] { parse_augmentations(Json::parse(json), "data.augment"); });
    };
    REQUIRE(contains(error(R"(["random_crop", "vertical_flip"])"), "data.augment[1]: unknown value \"vertical_flip\""));
    REQUIRE(contains(error(R"([{"type": "cutout", "sise": 3}])"),
                     "data.augment[0].sise: unknown key; did you mean \"size\"?"));
    REQUIRE(contains(error(R"([{"type": "random_crop", "padding": -1}])"),
                     "data.augment[0].padding: must be at least 0, got -1"));
    REQUIRE(
        contains(error(R"([{"type": "horizontal_flip", "p": 2}])"), "data.augment[0].p: must be from 0 to 1, got 2"));
    REQUIRE(contains(error(R"([{"type": "horizontal_flip", "p": 0.2, "alternate": true}])"),
                     "data.augment[0].p: must be 0.5 with alternate"));
    REQUIRE(contains(error(R"("random_crop")"), "data.augment: expected a list of augmentations"));
}

TEST_CASE("each epoch shows every image once, in its own order") {
    const ImageSet set = counting_set(103, {1, 2, 2});
    Loader loader(set, {.batch_size = 10, .shuffle = true, .seed = 1});
    std::set<Indices> orders;
    for (Index epoch = 0; epoch < 4; ++epoch) {
        Indices order = indices_of(epoch_of(loader, epoch));
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
        const Indices order = shuffled({1, 2}, step, 3);
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
