#include "lab/model/predict.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "datasets/image_file.h"
#include "framework/support/files.h"
#include "lab/model/evaluation.h"

namespace normlab {

namespace fs = std::filesystem;

namespace {

Image fitting(const Model& model, const fs::path& file) {
    return fitted(read_image(file, model.image[0]), model.image[1], model.image[2], model.config.data.source.fit);
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

std::vector<fs::path> image_files(const std::vector<std::string>& paths) {
    std::vector<fs::path> files;
    for (const std::string& path : paths) {
        if (!fs::is_directory(path)) {
            files.emplace_back(path);
            continue;
        }
        std::vector<fs::path> inside;
        for (auto at = fs::recursive_directory_iterator(path); at != fs::recursive_directory_iterator(); ++at) {
            if (is_hidden(at->path()))
                at.disable_recursion_pending();
            else if (at->is_regular_file())
                inside.push_back(at->path());
        }
        require(!inside.empty(), "predict", "the folder ", path, " has no images");
        std::ranges::sort(inside);
        files.insert(files.end(), inside.begin(), inside.end());
    }
    return files;
}

std::vector<Prediction> predict(const Model& model, const std::vector<fs::path>& files, std::size_t count) {
    std::vector<Prediction> predictions;
    ImageSet set{.name = "images", .image = model.image, .classes = model.classes};
    for (const fs::path& file : files) {
        predictions.push_back({file, fitting(model, file), {}});
        const std::vector<std::uint8_t>& pixels = predictions.back().seen.pixels;
        set.pixels.insert(set.pixels.end(), pixels.begin(), pixels.end());
        set.labels.push_back(0);  // unknown
    }
    const Evaluation evaluation = evaluate(model, set);
    const std::span logits(evaluation.logits.data(), static_cast<std::size_t>(evaluation.logits.elements()));
    for (std::size_t i = 0; i < files.size(); ++i) {
        const auto p = softmax(logits.subspan(i * model.classes.size(), model.classes.size()));
        std::vector<Guess>& guesses = predictions[i].guesses;
        for (std::size_t k = 0; k < p.size(); ++k) guesses.push_back({model.classes[k], p[k]});
        std::ranges::stable_sort(guesses, std::greater{}, &Guess::probability);
        guesses.resize(std::min(count, guesses.size()));
    }
    return predictions;
}

}  // namespace normlab
