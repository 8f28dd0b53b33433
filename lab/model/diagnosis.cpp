#include "lab/model/diagnosis.h"

#include "framework/support/words.h"
#include "lab/text/table.h"

namespace normlab {

std::string to_text(const Diagnosis& diagnosis) {
    using enum Table::Align;
    std::string text;
    if (!diagnosis.layers.empty()) {
        Table table({{"layer"},
                     {"kind"},
                     {"batches seen", right},
                     {"variance ratio", right},
                     {"mean shift", right},
                     {"batch noise", right}});
        for (const LayerHealth& layer : diagnosis.layers)
            table.add({layer.name, layer.kind, grouped(layer.batches), fixed(layer.variance_ratio, 2),
                       fixed(layer.mean_shift, 2), fixed(layer.mean_noise, 2)});
        text += table.text() + "\n";
    }
    int number = 0;
    for (const Finding& finding : diagnosis.findings) {
        text += std::to_string(++number) + ". " + finding.kind;
        if (!finding.layers.empty()) text += " (" + some_of(finding.layers, 4) + ")";
        text += "\n" + paragraph(finding.what + ".", "   ") + paragraph("What to do: " + finding.remedy + ".", "   ");
        if (!finding.command.empty()) text += "     " + finding.command + "\n";
    }
    return text + (number == 0 ? "Nothing was found.\n" : "");
}

Json to_json(const Diagnosis& diagnosis) {
    Json findings = Json::array(), layers = Json::array();
    for (const Finding& each : diagnosis.findings)
        findings.push_back({{"kind", each.kind},
                            {"layers", each.layers},
                            {"what", each.what},
                            {"remedy", each.remedy},
                            {"command", each.command.empty() ? Json() : Json(each.command)},
                            {"numbers", each.numbers}});
    for (const LayerHealth& each : diagnosis.layers)
        layers.push_back({{"name", each.name},
                          {"kind", each.kind},
                          {"batches", each.batches},
                          {"variance_ratio", each.variance_ratio},
                          {"mean_shift", each.mean_shift},
                          {"values", each.values},
                          {"mean_noise", each.mean_noise},
                          {"channels", each.channels},
                          {"without_scale", each.without_scale}});
    const auto or_null = [](const std::optional<double>& accuracy) { return accuracy ? Json(*accuracy) : Json(); };
    return {{"healthy", diagnosis.findings.empty()},
            {"findings", findings},
            {"layers", layers},
            {"eval_accuracy", or_null(diagnosis.eval_accuracy)},
            {"train_accuracy", or_null(diagnosis.train_accuracy)}};
}

}  // namespace normlab
