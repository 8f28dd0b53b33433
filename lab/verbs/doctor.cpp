#include "lab/model/doctor.h"

#include <iostream>

#include "lab/verbs/data_choice.h"
#include "lab/verbs/model_choice.h"
#include "lab/verbs/verbs.h"

namespace normlab {
namespace {

struct DoctorGiven {
    ModelChoice model;
    DataChoice data;
    bool json = false;
};

int doctor(const DoctorGiven& given) {
    const Model model = given.model.load();
    std::vector<std::string> words = given.data.words();
    if (!given.model.weights.empty()) words.insert(words.end(), {"--weights", given.model.weights});
    const Diagnosis diagnosis = diagnose(model, given.data.load(model, "doctor"), given.model.model, words);
    std::cout << (given.json ? to_json(diagnosis).dump() + "\n" : to_text(diagnosis));
    return diagnosis.findings.empty() ? 0 : 1;
}

}  // namespace

Work define_doctor(Arguments& arguments) {
    const auto given = std::make_shared<DoctorGiven>();
    given->model.define(arguments);
    given->data.define(arguments);
    arguments.flag("--json", given->json, "one JSON object: healthy, findings, layers, the accuracies of both modes");
    arguments.footer(
        "The exit status is 0 where nothing is found, 1 where something is.\n\n"
        "example:\n"
        "  normlab doctor runs/digits-lenet --corrupt invert");
    return [given] { return doctor(*given); };
}

}  // namespace normlab
