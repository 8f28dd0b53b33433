#include "layers/init_options.h"

namespace normlab {
namespace {

const std::vector<std::pair<std::string, Init::Type>> kInits = {
    {"standard", Init::standard},
    {"kaiming_uniform", Init::kaiming_uniform},
    {"kaiming_normal", Init::kaiming_normal},
    {"kaiming_normal_fan_out", Init::kaiming_normal_fan_out},
    {"xavier_uniform", Init::xavier_uniform},
    {"xavier_normal", Init::xavier_normal},
    {"dirac", Init::dirac},
    {"normal", Init::normal},
};

void init_options(Fields& f, Init& init) {
    if (init.type == Init::normal) {
        f.require_key("std");
        f.number("std", init.std, kNotNegative, "The standard deviation");
    } else {
        f.number("gain", init.gain, kNotNegative, "All weights are multiplied by it");
    }
}

Json init_schema() {
    Json names = Json::array();
    for (const auto& [name, type] : kInits)
        if (type != Init::normal) names.push_back(name);
    const auto object = [](Init init, const Json& types) {
        FieldDescriber describer;
        describer.require_key("type");
        describer.properties["type"] = types;
        init_options(describer, init);
        return describer.schema();
    };
    return {
        {"anyOf",
         {{{"enum", names}}, object(Init::standard, {{"enum", names}}), object(Init::normal, {{"const", "normal"}})}}};
}

Json to_json(const Init& given) {
    Init init = given;
    FieldWriter writer;
    writer.choice("type", init.type, kInits, "");
    init_options(writer, init);
    return init.type != Init::normal && init.gain == 1 ? writer.json["type"] : writer.json;
}

Init parse_init(const Json& given, const std::string& path) {
    const Json object = given.is_string() ? Json{{"type", given}} : given;
    FieldReader reader(object, path);
    Init init;
    reader.require_key("type");
    reader.choice("type", init.type, kInits, "");
    init_options(reader, init);
    reader.finish();
    return init;
}

}  // namespace

FieldValue init_field(Init& field) {
    return {.read = [&field](const Json& json, const std::string& path) { field = parse_init(json, path); },
            .write = [&field] { return to_json(field); },
            .schema = init_schema()};
}

}  // namespace normlab
