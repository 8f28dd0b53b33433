#include "framework/safetensors.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <set>
#include <type_traits>

#include "framework/support/crc64.h"
#include "framework/support/error.h"
#include "framework/support/files.h"
#include "framework/support/json_reader.h"

namespace normlab {
namespace {

constexpr const char* kScalarType = std::is_same_v<Scalar, float> ? "F32" : "F64";
constexpr const char *kMetadata = "__metadata__", *kPlace = "data_offsets";
constexpr const char *kChecksum = "normlab.crc64", *kOldChecksum = "normlab.checksum";
constexpr std::size_t kLongestHeader = std::size_t{100} << 20;

// Covers everything in a file, in whatever order it is written: the metadata, and each tensor's name, type, shape and
// bytes.
std::string checksum(const Json& header, std::string_view data) {
    nlohmann::json words = header;  // which sorts its keys
    std::vector<std::string_view> numbers;
    for (auto& [name, entry] : words.items()) {
        if (name == kMetadata) {
            entry.erase(kChecksum);
        } else {
            const auto begin = entry[kPlace][0].get<std::size_t>(), end = entry[kPlace][1].get<std::size_t>();
            numbers.push_back(data.substr(begin, end - begin));
            entry.erase(kPlace);
        }
    }
    Crc64 sum;
    sum.add(words.dump());
    for (const std::string_view bytes : numbers) sum.add(bytes);
    return sum.hex();
}

// That of older files: FNV-1a over the numbers alone, in words of eight bytes.
std::string old_checksum(std::string_view bytes) {
    std::uint64_t hash = 14695981039346656037ull;
    for (std::size_t i = 0; i < bytes.size(); i += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, bytes.data() + i, std::min<std::size_t>(8, bytes.size() - i));
        hash = (hash ^ word) * 1099511628211ull;
    }
    std::ostringstream text;
    text << std::hex << hash;
    return text.str();
}

template <class T>
void append(std::string& bytes, const std::vector<T>& values) {
    bytes.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
}

template <class T>
std::vector<T> parse(std::string_view bytes) {
    std::vector<T> values(bytes.size() / sizeof(T));
    std::memcpy(values.data(), bytes.data(), bytes.size());
    return values;
}

std::size_t size_of_type(const std::string& type) {
    static const std::map<std::string, std::size_t> sizes = {
        {"F16", 2}, {"BF16", 2}, {"F32", 4}, {"F64", 8}, {"I64", 8}};
    const auto found = sizes.find(type);
    return found == sizes.end() ? 0 : found->second;
}

// The upper half of a float.
float of_bfloat16(std::uint16_t bits) {
    return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}

// IEEE's half: a sign, five bits of exponent e, ten of fraction f: ±2^(e − 15) (1 + f/1024), or ±2^−14 f/1024 if e = 0.
float of_float16(std::uint16_t bits) {
    const int e = bits >> 10 & 31, f = bits & 1023;
    const float size = e == 31 ? (f == 0 ? INFINITY : NAN)
                               : std::ldexp(static_cast<float>(e == 0 ? f : 1024 + f), (e == 0 ? 1 : e) - 25);
    return bits >> 15 != 0 ? -size : size;
}

std::vector<float> widened(std::string_view bytes, float (*widen)(std::uint16_t)) {
    std::vector<float> wide;
    for (const std::uint16_t half : parse<std::uint16_t>(bytes)) wide.push_back(widen(half));
    return wide;
}

Tensor tensor_of(const std::string& type, const Shape& shape, std::string_view bytes) {
    if (type == kScalarType) return Tensor::of(shape, parse<Scalar>(bytes));
    const auto converted = [](const auto& values) { return std::vector<Scalar>(values.begin(), values.end()); };
    if (type == "F32") return Tensor::of(shape, converted(parse<float>(bytes)));
    if (type == "F16") return Tensor::of(shape, converted(widened(bytes, of_float16)));
    if (type == "BF16") return Tensor::of(shape, converted(widened(bytes, of_bfloat16)));
    if (type == "F64") return Tensor::of(shape, converted(parse<double>(bytes)));
    return Tensor::of(shape, converted(parse<std::int64_t>(bytes)));
}

// A file being read; every error names it.
class Reader {
  public:
    explicit Reader(const std::filesystem::path& path) : path_(path.string()) {
        std::error_code ignored;
        check(!std::filesystem::is_other(path, ignored), "is a device or a pipe; expected a file");
        file_ = read_file(path);
    }

    State read() {
        const Json header = read_header();
        State state;
        std::size_t bytes = 0;
        for (const auto& [name, entry] : header.items()) {
            if (name == kMetadata) {
                check(entry.is_object(), "has metadata that is not a JSON object");
                for (const auto& [key, text] : entry.items()) {
                    check(text.is_string(), "has metadata \"", key, "\" that is not a string");
                    state.metadata[key] = text.get<std::string>();
                }
            } else {
                bytes += read_tensor(name, entry, state);
            }
        }
        check(bytes == data_.size(), "holds ", data_.size(), " bytes of numbers, its header describes ", bytes,
              ": it was cut off or changed");
        check_sum(header, state);
        return state;
    }

  private:
    template <class... Parts>
    void check(bool fine, const Parts&... parts) const {
        if (!fine) fail("safetensors", path_, " ", parts...);
    }

    Json read_header() {
        check(!is_pickle(file_),
              "was written by torch.save: a pickle, which may hold any program and is not read. This converts it, with "
              "safetensors from pip:\n"
              "python3 -c 'import torch, safetensors.torch; safetensors.torch.save_file(torch.load(\"",
              path_, "\", weights_only=True), \"", std::filesystem::path(path_).stem().string(), ".safetensors\")'");
        check(file_.size() >= 8, "is too short for a safetensors file: ", file_.size(), " bytes");
        std::uint64_t length = 0;
        std::memcpy(&length, file_.data(), 8);
        check(length <= kLongestHeader && length <= file_.size() - 8,
              "is not a safetensors file, or was cut off: its header would be ", length, " bytes of a file of ",
              file_.size());
        Json header = parse_json(std::string_view(file_).substr(8, length));
        check(header.is_object(), "is not a safetensors file: its header is not a JSON object");
        data_ = std::string_view(file_).substr(8 + length);
        return header;
    }

    // Files of other programs have no checksum. One of ours without it has lost it: its key in the metadata was
    // changed.
    void check_sum(const Json& header, State& state) const {
        const auto sum = state.metadata.extract(kChecksum), old_sum = state.metadata.extract(kOldChecksum);
        check(sum || old_sum || !state.metadata.contains("normlab"), "is damaged: it has no checksum");
        if (sum)
            check(sum.mapped() == checksum(header, data_), "is damaged: its checksum is wrong");
        else if (old_sum)
            check(old_sum.mapped() == old_checksum(data_), "is damaged: the checksum of its numbers is wrong");
    }

    std::size_t read_tensor(const std::string& name, const Json& entry, State& state) {
        const auto numbers = [&](const char* key) {
            check(entry.is_object() && entry.contains(key) && entry[key].is_array(), "describes \"", name,
                  "\" without ", key);
            for (const Json& number : entry[key])
                check(number.is_number_unsigned(), "describes \"", name, "\" with a wrong ", key);
            return entry[key].get<std::vector<Index>>();
        };
        const std::vector<Index> sizes = numbers("shape"), range = numbers(kPlace);
        check(entry.contains("dtype") && entry["dtype"].is_string(), "describes \"", name, "\" without a dtype");
        const std::string type = entry["dtype"].get<std::string>();
        const std::size_t size = size_of_type(type);
        check(size > 0, "holds \"", name, "\" as ", type, "; only F16, BF16, F32, F64 and I64 can be read");
        check(sizes.size() <= Shape::max_rank, "holds \"", name, "\" with ", sizes.size(), " axes; at most ",
              Shape::max_rank, " can be read");
        const Shape shape{std::span<const Index>(sizes)};
        check(range.size() == 2 && range[0] <= range[1] && static_cast<std::size_t>(range[1]) <= data_.size() &&
                  static_cast<std::size_t>(range[1] - range[0]) == static_cast<std::size_t>(shape.elements()) * size,
              "was cut off or changed: the place of \"", name, "\" lies outside of its numbers or does not fit ",
              shape);
        const auto bytes =
            data_.substr(static_cast<std::size_t>(range[0]), static_cast<std::size_t>(range[1] - range[0]));
        if (type == "I64" && shape.rank() == 0)
            state.counters.push_back({name, parse<std::int64_t>(bytes).front()});
        else
            state.tensors.push_back({name, tensor_of(type, shape, bytes)});
        return bytes.size();
    }

    std::string path_, file_;
    std::string_view data_;
};

}  // namespace

void write_safetensors(const std::filesystem::path& path, const State& state) {
    Json header;
    std::string data;
    std::set<std::string> names;
    const auto describe = [&](const std::string& name, const char* type, const Shape& shape, auto&& values) {
        require(names.insert(name).second, "safetensors", "two tensors are named \"", name, "\"");
        const std::size_t begin = data.size();
        append(data, values);
        Json sizes = Json::array();
        for (int axis = 0; axis < shape.rank(); ++axis) sizes.push_back(shape[axis]);
        header[name] = {{"dtype", type}, {"shape", sizes}, {kPlace, {begin, data.size()}}};
    };
    header[kMetadata] = state.metadata;
    for (const auto& [name, tensor] : state.tensors) describe(name, kScalarType, tensor.shape(), tensor.values());
    for (const auto& [name, value] : state.counters) describe(name, "I64", {}, std::vector<std::int64_t>{value});
    header[kMetadata][kChecksum] = checksum(header, data);

    std::string text = header.dump();
    text.append((8 - text.size() % 8) % 8, ' ');  // the numbers begin at a multiple of eight
    const std::uint64_t length = text.size();
    std::string file(reinterpret_cast<const char*>(&length), 8);
    replace_file(path, file + text + data);
}

// A zip archive, or before PyTorch 1.6 the pickle itself. As lengths of a header these would be beyond all that are
// read or that there are.
bool is_pickle(std::string_view contents) {
    return contents.starts_with("PK\x03\x04") || contents.starts_with("\x80\x02\x8a\x0a");
}

State read_safetensors(const std::filesystem::path& path) {
    return Reader(path).read();
}

}  // namespace normlab
