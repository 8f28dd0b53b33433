#include "lab/model/inner_view.h"

#include <algorithm>
#include <cmath>

#include "lab/model/evaluation.h"
#include "layers/conv2d.h"

namespace normlab {
namespace {

constexpr std::size_t kMostLayers = 8;
constexpr Index kMostMaps = 16, kMostFilters = 64;

std::uint8_t shade(double value, double black, double white) {
    return static_cast<std::uint8_t>(
        std::lround(255 * std::clamp((value - black) / std::max(white - black, 1e-30), 0.0, 1.0)));
}

// With one picture for each output channel; each is as bright as its own largest weight allows.
std::vector<Image> filters_of(const Conv2d& layer) {
    const Tensor weight = layer.weight.value();
    const Index K = weight.shape()[0], C = weight.shape()[1], R = weight.shape()[2], S = weight.shape()[3];
    const Index seen = C == 3 ? 3 : 1;
    std::vector<Image> filters;
    for (Index k = 0; k < std::min(K, kMostFilters); ++k) {
        const Scalar* w = weight.data() + k * R * S * C;
        double largest = 0;
        for (Index i = 0; i < R * S * C; ++i) largest = std::max(largest, std::abs(double{w[i]}));
        Image& image = filters.emplace_back(Image{R, S, seen, {}});
        for (Index pixel = 0; pixel < R * S; ++pixel)
            for (Index c = 0; c < seen; ++c) image.pixels.push_back(shade(w[pixel * C + c], -largest, largest));
    }
    return filters;
}

InnerView::Maps maps_of(const std::string& name, const Module& module, const Tensor& y) {
    const Images shape = as_images(y.shape());
    InnerView::Maps maps{.layer = name, .kind = module.kind(), .channels = shape.C, .pictures = {}};
    const auto [least, largest] = std::minmax_element(y.data(), y.data() + y.elements());
    for (Index c = 0; c < std::min(shape.C, kMostMaps); ++c) {
        Image& image = maps.pictures.emplace_back(Image{shape.H, shape.W, 1, {}});
        for (Index pixel = 0; pixel < shape.pixels(); ++pixel)
            image.pixels.push_back(shade(y.data()[pixel * shape.C + c], *least, *largest));
    }
    return maps;
}

Image saliency_of(Module& model, const Tensor& x) {
    const Var image = Var::parameter(x.clone());
    {
        Tape tape;
        const Var logits = model(image);
        Tensor chosen = Tensor::zeros(logits.shape());
        chosen.mutable_data()[likeliest_class(logits.value(), 0)] = 1;
        tape.backward(logits, chosen);
    }
    for (NamedParameter& each : parameters(model)) each.parameter.clear_grad();
    const Tensor gradient = image.grad();
    const Images shape = as_images(x.shape());
    std::vector<double> strength(static_cast<std::size_t>(shape.pixels()));
    for (Index i = 0; gradient.defined() && i < gradient.elements(); ++i) {
        double& here = strength[static_cast<std::size_t>(i / shape.C)];
        here = std::max(here, std::abs(double{gradient.data()[i]}));
    }
    Image picture{shape.H, shape.W, 1, {}};
    for (const double each : strength) picture.pixels.push_back(shade(each, 0, std::ranges::max(strength)));
    return picture;
}

// Some of them, evenly spread, the first and the last among them.
std::vector<InnerView::Maps> thinned(std::vector<InnerView::Maps> all) {
    if (all.size() <= kMostLayers) return all;
    std::vector<InnerView::Maps> some;
    for (std::size_t i = 0; i < kMostLayers; ++i) some.push_back(all[i * (all.size() - 1) / (kMostLayers - 1)]);
    return some;
}

}  // namespace

InnerView look_inside(const Model& model, const std::filesystem::path& image) {
    Module& root = *model.module;
    InnerView view{.prediction = predict(model, {image}, 3).front()};
    const std::vector<NamedModule> named = modules(root);
    for (const auto& [name, module] : named)
        if (const auto* conv = dynamic_cast<const Conv2d*>(module); conv != nullptr && view.filters.empty())
            view.first_layer = name, view.filters = filters_of(*conv);

    // What activations let through, or where they are part of larger modules, what convolutions make.
    const bool has_relus =
        std::ranges::any_of(named, [](const NamedModule& each) { return each.module->kind() == "ReLU"; });
    const ImageSet set{.name = "image",
                       .image = model.image,
                       .pixels = view.prediction.seen.pixels,
                       .labels = {0},
                       .classes = model.classes};
    Tensor x;
    feed(root, set, model.scale, 1, [&](Module& module, const Var& in, const Var& out) {
        if (&module == &root) x = in.value();
        const auto found = std::ranges::find(named, &module, &NamedModule::module);
        if (found == named.end() || out.shape().rank() != 4) return;
        const bool wanted = has_relus ? module.kind() == "ReLU" : dynamic_cast<Conv2d*>(&module) != nullptr;
        if (wanted) view.maps.push_back(maps_of(found->name, module, out.value()));
    });
    view.maps = thinned(std::move(view.maps));
    view.saliency = saliency_of(root, x);
    return view;
}

}  // namespace normlab
