#include "lab/predict.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "datasets/image_file.h"
#include "lab/evaluation.h"

namespace normlab {
namespace {

ImageSet read_images(const Model& model, const std::vector<std::filesystem::path>& files) {
    ImageSet set{.name = "images", .image = model.image, .classes = model.classes};
    for (const auto& file : files) {
        const Image whole = read_image(file, model.image[0]);
        const Image fitting = resized_and_cropped(whole, model.image[1], model.image[2]);
        set.pixels.insert(set.pixels.end(), fitting.pixels.begin(), fitting.pixels.end());
        set.labels.push_back(0);  // nobody knows
    }
    return set;
}

std::vector<double> softmax(std::span<const Scalar> logits) {
    const double largest = *std::ranges::max_element(logits);
    std::vector<double> p;
    for (const Scalar z : logits) p.push_back(std::exp(z - largest));
    const double sum = std::accumulate(p.begin(), p.end(), 0.0);
    for (double& each : p) each /= sum;
    return p;
}

}  // namespace

std::vector<std::vector<Guess>> predict(const Model& model, const std::vector<std::filesystem::path>& files,
                                        std::size_t count) {
    const Evaluation evaluation = evaluate(*model.module, read_images(model, files), model.scale);
    const std::span logits(evaluation.logits.data(), static_cast<std::size_t>(evaluation.logits.elements()));
    std::vector<std::vector<Guess>> predictions;
    for (std::size_t i = 0; i < files.size(); ++i) {
        const auto p = softmax(logits.subspan(i * model.classes.size(), model.classes.size()));
        std::vector<Guess> guesses;
        for (std::size_t k = 0; k < p.size(); ++k) guesses.push_back({model.classes[k], p[k]});
        std::ranges::stable_sort(guesses, std::greater{}, &Guess::probability);
        guesses.resize(std::min(count, guesses.size()));
        predictions.push_back(std::move(guesses));
    }
    return predictions;
}

}  // namespace normlab
