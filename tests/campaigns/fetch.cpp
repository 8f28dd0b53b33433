// normlab_fetch URL FOLDER {NAME SHA256}...: what `normlab data` does, of any files.
#include <iostream>

#include "datasets/download.h"
#include "framework/support/error.h"

int main(int argc, char** argv) {
    const std::vector<std::string> words(argv + 1, argv + argc);
    normlab::RemoteSet set{.name = "set", .mirrors = {words.at(0)}};
    for (std::size_t i = 2; i + 1 < words.size(); i += 2) set.files.push_back({words[i], words[i + 1]});
    try {
        normlab::download(set, words.at(1));
    } catch (const normlab::Error& error) {
        std::cerr << "normlab: " << error.what() << '\n';
        return 1;
    }
}
