#include "lab/model/mode_comparison.h"

#include <algorithm>

#include "lab/text/table.h"
#include "layers/batch_norm2d.h"
#include "layers/dropout.h"

namespace normlab {
namespace {

template <class Layer>
Index count_of(Module& root, const std::function<bool(const Layer&)>& counts) {
    return std::ranges::count_if(modules(root), [&](const NamedModule& each) {
        const auto* layer = dynamic_cast<const Layer*>(each.module);
        return layer != nullptr && counts(*layer);
    });
}

std::string explanation(Module& model) {
    const Index norms = count_of<BatchNorm2d>(model, [](const BatchNorm2d& norm) {
        return norm.running.kept() && norm.options.use_batch_stats && !norm.frozen();
    });
    const Index dropouts = count_of<Dropout>(model, [](const Dropout& dropout) { return dropout.options.p > 0; });
    std::string text;
    if (norms > 0)
        text += paragraph("In eval mode batch norms (" + counted(norms, "layer") +
                          ") use their running statistics: an image's result is its own. In train mode they use those "
                          "of the batch: it depends on the other images, the more so the smaller the batch. And each "
                          "such pass changes the running statistics (here they were restored).");
    if (dropouts > 0)
        text += paragraph("In train mode dropout (" + counted(dropouts, "layer") +
                          ") sets numbers to zero at random, whatever the batch size.");
    if (text.empty()) return paragraph("No layer of the model behaves differently in train mode: nothing is lost.");
    return text + paragraph("Call eval() before you measure or predict.");
}

}  // namespace

std::vector<ModeResult> in_train_mode(const Model& model, const ImageSet& set, const std::vector<Index>& batch_sizes) {
    std::vector<ModeResult> results;
    for (const Index batch : batch_sizes) {
        ModeResult result{.batch = batch};
        try {
            result.evaluation = evaluate_in_train_mode(*model.module, set, model.scale, batch);
        } catch (const Error& error) {
            result.why_not = error.what();
        }
        results.push_back(std::move(result));
    }
    return results;
}

std::string comparison_text(const Model& model, const Evaluation& in_eval, const std::vector<ModeResult>& in_train) {
    using enum Table::Align;
    Table table({{"mode"}, {"batch", right}, {"loss", right}, {"accuracy", right}});
    table.add({"eval", "any", fixed(in_eval.loss, 4), percent(in_eval.accuracy)});
    std::string impossible;
    for (const auto& [batch, evaluation, why_not] : in_train) {
        const std::string size = grouped(batch);
        if (evaluation) table.add({"train", size, fixed(evaluation->loss, 4), percent(evaluation->accuracy)});
        if (evaluation) continue;
        table.add({"train", size, "-", "-"});
        impossible += paragraph("A batch of " + size + " cannot be computed: " + why_not);
    }
    return table.text() + "\n" + impossible + explanation(*model.module);
}

Json to_json(const std::vector<ModeResult>& results) {
    Json list = Json::array();
    for (const auto& [batch, evaluation, why_not] : results) {
        Json row = {{"mode", "train"}, {"batch", batch}};
        if (evaluation)
            row.update({{"loss", evaluation->loss}, {"accuracy", evaluation->accuracy}});
        else
            row["error"] = why_not;
        list.push_back(row);
    }
    return list;
}

}  // namespace normlab
