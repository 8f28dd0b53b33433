// Shapes: 32x32 colour, ten classes. A textured shape of some size, turn and place lies on a textured ground, among
// clutter; the light falls from one side, is bright or dim and coloured, and the camera is noisy. The outline alone
// tells the classes apart, in any colours, and its contrast differs tenfold from image to image.
#pragma once

#include "datasets/made_set.h"

namespace normlab {

Split make_shapes(const MadeSetOptions& options = {});

}  // namespace normlab
