#include "framework/support/error.h"
#include "layers/activations.h"
#include "layers/dropout.h"
#include "layers/models/models.h"
#include "layers/pool2d.h"

namespace normlab {

Sequential conv_norm_relu(Index in, Index out, const ModelOptions& model) {
    Sequential block(Conv2d({.in = in,
                             .out = out,
                             .kernel = 3,
                             .padding = 1,
                             .bias = model.norm.type == NormType::none,
                             .init = model.init,
                             .weight_standardization = model.weight_standardization}));
    block.append(make_norm(model.norm, out));
    block.append(ReLU());
    return block;
}

// clang-format off
// A line for each stage of a net.

Sequential lenet(const ModelOptions& o) {
    const Index height = o.image[1] / 2 / 2, width = o.image[2] / 2 / 2;  // after two pools
    require(o.image.rank() == 3 && height >= 1 && width >= 1, "lenet", "needs images of at least 4x4 pixels, got ",
            o.image);
    return Sequential(conv_norm_relu(o.image[0], 32, o), MaxPool2d({.kernel = 2}),
                      conv_norm_relu(32, 64, o), MaxPool2d({.kernel = 2}),
                      Flatten(),
                      Linear({.in = 64 * height * width, .out = 128, .init = o.init}), ReLU(), Dropout({.p = 0.5}),
                      Linear({.in = 128, .out = o.classes, .init = o.init}));
}

Sequential vgg(const ModelOptions& o) {
    require(o.image.rank() == 3 && o.image[1] >= 8 && o.image[2] >= 8, "vgg",
            "needs images of at least 8x8 pixels, got ", o.image);
    return Sequential(conv_norm_relu(o.image[0], 64, o), conv_norm_relu(64, 64, o), MaxPool2d({.kernel = 2}),
                      conv_norm_relu(64, 128, o), conv_norm_relu(128, 128, o), MaxPool2d({.kernel = 2}),
                      conv_norm_relu(128, 256, o), conv_norm_relu(256, 256, o), MaxPool2d({.kernel = 2}),
                      GlobalAvgPool2d(), Flatten(), Dropout({.p = 0.5}),
                      Linear({.in = 256, .out = o.classes, .init = o.init}));
}

Sequential resnet9(const ModelOptions& o) {
    require(o.image.rank() == 3 && o.image[1] >= 8 && o.image[2] >= 8, "resnet9",
            "needs images of at least 8x8 pixels, got ", o.image);
    const auto residual_pair = [&](Index channels) {
        return Residual(Sequential(conv_norm_relu(channels, channels, o), conv_norm_relu(channels, channels, o)));
    };
    return Sequential(conv_norm_relu(o.image[0], 64, o), conv_norm_relu(64, 128, o), MaxPool2d({.kernel = 2}),
                      residual_pair(128),
                      conv_norm_relu(128, 256, o), MaxPool2d({.kernel = 2}),
                      conv_norm_relu(256, 512, o), MaxPool2d({.kernel = 2}),
                      residual_pair(512),
                      GlobalMaxPool2d(), Flatten(), Linear({.in = 512, .out = o.classes, .init = o.init}));
}

// clang-format on

}  // namespace normlab
