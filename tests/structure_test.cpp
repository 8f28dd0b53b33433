// README.md has a map of the house. What it says of the arrows is held here.
#include <filesystem>
#include <map>
#include <set>
#include <sstream>

#include "framework/support/files.h"
#include "tests/catch.h"

using namespace normlab;

namespace {

namespace fs = std::filesystem;
using Names = std::set<std::string>;

const fs::path kProject = fs::path(NORMLAB_FIXTURES).parent_path().parent_path();

// The level of each room; the higher the line, the higher the level. Rooms that need each other share a line:
//   lab/verbs/                  the command line, one file for each verb
//   layers/, layers/models/     ...
std::map<std::string, int> read_map() {
    const std::string page = read_file(kProject / "README.md");
    const std::size_t begin = page.find("\n```\n", page.find("\n## The map\n")) + 5;
    std::istringstream lines(page.substr(begin, page.find("```", begin) - begin));
    std::map<std::string, int> levels;
    int level = 0;
    for (std::string line; std::getline(lines, line); --level) {
        std::istringstream words(line);
        for (std::string word; words >> word;) {
            if (word.ends_with(',')) word.pop_back();
            if (!word.ends_with('/')) break;
            word.pop_back();
            levels[word] = level;
        }
    }
    return levels;
}

std::string room_of(const std::string& file) {
    return fs::path(file).parent_path().generic_string();
}

struct Source {
    std::string file;
    std::vector<std::string> includes;  // in quotes, not in angle brackets
};

std::vector<std::string> includes_in(const std::string& text) {
    const std::string directive = "#include \"";
    std::vector<std::string> includes;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);)
        if (line.starts_with(directive))
            includes.push_back(line.substr(directive.size(), line.rfind('"') - directive.size()));
    for (std::string& include : includes)
        if (include.starts_with("normlab/")) include.erase(0, std::string("normlab/").size());  // as users write it
    return includes;
}

const std::vector<Source>& sources() {
    static const std::vector<Source> all = [] {
        std::vector<Source> found;
        for (const char* floor : {"framework", "layers", "optim", "datasets", "examples", "lab"})
            for (const fs::directory_entry& entry : fs::recursive_directory_iterator(kProject / floor)) {
                const std::string file = entry.path().lexically_relative(kProject).generic_string();
                if (file.ends_with(".h") || file.ends_with(".cpp"))
                    found.push_back({file, includes_in(read_file(entry.path()))});
            }
        return found;
    }();
    return all;
}

std::string what_is_wrong(const std::map<std::string, int>& levels, const std::string& file,
                          const std::string& include) {
    for (const std::string& each : {file, include})
        if (!levels.contains(room_of(each))) return each + " lies in no room of the map";
    if (levels.at(room_of(file)) >= levels.at(room_of(include))) return "";
    return file + " includes " + include + ", but " + room_of(include) + "/ is above " + room_of(file) +
           "/ on the map: an arrow goes down only";
}

// A header and its source are one component.
using Graph = std::map<std::string, Names>;

std::string component_of(const std::string& file) {
    return fs::path(file).replace_extension().generic_string();
}

Graph components() {
    Graph graph;
    for (const auto& [file, includes] : sources())
        for (const std::string& include : includes)
            if (component_of(include) != component_of(file)) graph[component_of(file)].insert(component_of(include));
    return graph;
}

// Adds all that a component includes, itself or through others.
void add_reached(const Graph& graph, const std::string& component, Names& reached) {
    const auto found = graph.find(component);
    if (found == graph.end()) return;
    for (const std::string& include : found->second)
        if (reached.insert(include).second) add_reached(graph, include, reached);
}

}  // namespace

TEST_CASE("every room is on the map in README.md, and every room on the map is there", "[structure]") {
    const std::map<std::string, int> levels = read_map();
    Names rooms;
    for (const Source& source : sources()) rooms.insert(room_of(source.file));
    for (const std::string& room : rooms) {
        INFO(room << "/ has no line on the map");
        CHECK(levels.contains(room));
    }
    for (const auto& [room, level] : levels) {
        INFO(room << "/ is on the map, but has no sources");
        CHECK(rooms.contains(room));
    }
}

TEST_CASE("a file includes from its own line of the map in README.md and from those below", "[structure]") {
    const std::map<std::string, int> levels = read_map();
    for (const auto& [file, includes] : sources())
        for (const std::string& include : includes) CHECK(what_is_wrong(levels, file, include) == "");
}

TEST_CASE("components include each other in no circle", "[structure]") {
    const Graph graph = components();
    Graph reached;
    for (const auto& [component, includes] : graph) add_reached(graph, component, reached[component]);
    for (const auto& [component, includes] : graph)
        for (const std::string& include : includes) {
            INFO(component << " includes " << include << ", which includes it in turn; header and source count as one");
            CHECK_FALSE(reached[include].contains(component));
        }
}

TEST_CASE("the tests of the program lie in the rooms that they test", "[structure]") {
    for (const fs::directory_entry& entry : fs::directory_iterator(kProject / "tests" / "lab")) {
        if (!entry.is_directory()) continue;
        INFO("tests/lab/" << entry.path().filename().string());
        CHECK(fs::is_directory(kProject / "lab" / entry.path().filename()));
    }
}
