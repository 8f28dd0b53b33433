#include "datasets/augment.h"

#include <cmath>
#include <set>

#include "tests/catch.h"
#include "tests/datasets/counting_set.h"
#include "tests/support.h"

using namespace normlab;
using namespace normlab::test;

namespace {

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

TEST_CASE("rotation turns about the middle, and leaves everything as far from it as it was") {
    const auto view_of = [](double degrees, Index epoch) {
        View view;
        view.reset(9, 9);
        augment(view, std::vector<Augmentation>{Rotation{degrees}}, 1, epoch, 0);
        return view;
    };
    bool clockwise = false, counterclockwise = false;
    for (Index epoch = 0; epoch < 100; ++epoch) {
        const View view = view_of(90, epoch), still = view_of(0, epoch);
        for (int y = 0; y < 9; ++y)
            for (int x = 0; x < 9; ++x) {
                const auto at = [&](const View& of) {
                    return static_cast<int>(of.source(std::size_t(y), std::size_t(x)));
                };
                REQUIRE(at(still) == 9 * y + x);
                const double distance = std::hypot(y - 4, x - 4);
                if (at(view) == View::nothing)
                    REQUIRE(distance > 4.4);  // the corners' way
                else
                    REQUIRE(std::abs(std::hypot(at(view) / 9 - 4, at(view) % 9 - 4) - distance) < 0.71);
            }
        REQUIRE(view.source(4, 4) == 40);
        clockwise |= view.source(4, 8) / 9 < 2, counterclockwise |= view.source(4, 8) / 9 > 6;
    }
    REQUIRE((clockwise && counterclockwise));
}

TEST_CASE("what is done before and after a turn is done to the image and to what was turned") {
    const ImageSet set = counting_set(1, {3, 4, 4});
    const std::vector<Augmentation> augmentations = {Translate{1}, Rotation{60}, RandomCrop{2}, Cutout{1}};
    Loader loader(set, {.batch_size = 1, .seed = 9, .augmentations = augmentations});
    const auto shown = [&](std::size_t count, Index epoch) {  // after so many of them
        View view;
        view.reset(4, 4);
        augment(view, std::span(augmentations).first(count), 9, epoch, 0);
        return view;
    };
    for (Index epoch = 0; epoch < 20; ++epoch) {
        const View moved = shown(1, epoch), turned = shown(2, epoch), all = shown(4, epoch);
        std::set<Index> seen = {View::nothing};
        for (std::size_t i = 0; i < 16; ++i) seen.insert(moved.source(i / 4, i % 4));
        const std::vector<Scalar> values = epoch_of(loader, epoch)[0].images.values();
        const View::Hole hole = all.holes[0];
        for (std::size_t y = 0; y < 4; ++y)
            for (std::size_t x = 0; x < 4; ++x) {
                REQUIRE(seen.contains(turned.source(y, x)));  // what translate has moved out of sight is not turned
                const Index row = all.rows[y], column = all.columns[x];
                const Index source = row < 0 || column < 0 ? View::nothing
                                                           : turned.source(static_cast<std::size_t>(row),
                                                                           static_cast<std::size_t>(column));
                REQUIRE(all.source(y, x) == source);
                const auto is_in = [](std::size_t at, Index low, Index high) {
                    return static_cast<Index>(at) >= low && static_cast<Index>(at) < high;
                };
                const bool zero = source < 0 || (is_in(y, hole.top, hole.bottom) && is_in(x, hole.left, hole.right));
                for (std::size_t c = 0; c < 3; ++c)
                    REQUIRE(
                        values[16 * c + 4 * y + x] ==
                        (zero ? 0 : static_cast<Scalar>(set.pixels[static_cast<std::size_t>(3 * source) + c] / 255.0)));
            }
    }
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

TEST_CASE("jitter turns colours about grey, and moves them away from it or towards it") {
    const auto changed = [](const View& view, std::vector<std::uint8_t> pixel) { return recoloured(pixel, view); };
    std::set<std::vector<std::uint8_t>> reds;
    for (const View& view : views(Jitter{.brightness = 0, .contrast = 0, .hue = 0.5})) {
        const auto red = changed(view, {100, 50, 50});
        REQUIRE(changed(view, {80, 80, 80}) == std::vector<std::uint8_t>{80, 80, 80});
        REQUIRE(std::abs(red[0] + red[1] + red[2] - 200) <= 2);  // a turn about grey keeps the sum
        reds.insert(red);
    }
    REQUIRE(reds.size() > 100);
    int least = 255, most = 0;
    for (const View& view : views(Jitter{.brightness = 0, .contrast = 0, .saturation = 0.5})) {
        const auto red = changed(view, {100, 50, 50});  // its grey is 50 + 0.299 · 50 = 64.95
        REQUIRE(red[1] == red[2]);
        const double factor = (red[0] - red[1]) / 50.0;
        REQUIRE((factor > 0.47 && factor < 1.53));
        REQUIRE(std::abs(0.299 * red[0] + 0.587 * red[1] + 0.114 * red[2] - 64.95) < 1);
        least = std::min(least, int{red[0]}), most = std::max(most, int{red[0]});
    }
    REQUIRE((least < 85 && most > 115));
}

TEST_CASE("a third of a turn makes green of red") {
    View view;
    for (const View& each : views(Jitter{.brightness = 0, .contrast = 0, .hue = 0.5})) {
        const auto near_green = recoloured(std::vector<std::uint8_t>{200, 0, 0}, each);
        if (near_green[1] > 195) view = each;
    }
    REQUIRE(!view.colours.empty());
    const auto green = recoloured(std::vector<std::uint8_t>{0, 200, 0}, view);
    REQUIRE(green[2] > 195);  // and blue of green
}

TEST_CASE("grey images have no saturation and hue") {
    const ImageSet set = counting_set(1, {1, 3, 3});
    const auto error = [&](const Jitter& jitter) {
        return error_of([&] { Loader(set, {.batch_size = 1, .augmentations = {jitter}}); });
    };
    REQUIRE(error(Jitter{}).empty());
    REQUIRE(error(Jitter{.hue = 0.1}) ==
            "[jitter] saturation and hue are of images of three channels, these have the shape (1,3,3)");
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
