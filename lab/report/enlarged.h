// A small image on a page, enlarged by a whole number so that its pixels stay squares, to about `size` of the screen's.
#pragma once

#include <algorithm>
#include <string>

#include "lab/report/html.h"
#include "lab/report/png.h"

namespace normlab {

inline Html enlarged(const Image& image, Index size, const std::string& alt) {
    const Index times = std::max<Index>(1, size / std::max(image.width, image.height));
    return tag("img", {{"src", data_uri(image)},
                       {"alt", alt},
                       {"width", std::to_string(times * image.width)},
                       {"height", std::to_string(times * image.height)}});
}

}  // namespace normlab
