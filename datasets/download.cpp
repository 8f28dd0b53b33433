#include "datasets/download.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "datasets/sha256.h"
#include "datasets/unpack.h"
#include "framework/support/error.h"
#include "framework/support/json_reader.h"

extern char** environ;

namespace normlab {
namespace {

namespace fs = std::filesystem;

const std::vector<RemoteSet>& remote_sets() {
    static const std::vector<RemoteSet> all = {
        {"mnist",
         {"https://ossci-datasets.s3.amazonaws.com/mnist/", "https://storage.googleapis.com/cvdf-datasets/mnist/"},
         {{"train-images-idx3-ubyte.gz", "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"},
          {"train-labels-idx1-ubyte.gz", "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"},
          {"t10k-images-idx3-ubyte.gz", "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"},
          {"t10k-labels-idx1-ubyte.gz", "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"}},
         ""},
        {"fashion_mnist",
         {"https://fashion-mnist.s3.eu-central-1.amazonaws.com/",
          "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/"},
         {{"train-images-idx3-ubyte.gz", "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"},
          {"train-labels-idx1-ubyte.gz", "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"},
          {"t10k-images-idx3-ubyte.gz", "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"},
          {"t10k-labels-idx1-ubyte.gz", "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"}},
         ""},
        {"cifar10",
         {"https://www.cs.toronto.edu/~kriz/",
          "https://mindspore-website.obs.cn-north-4.myhuaweicloud.com/notebook/datasets/"},
         {{"cifar-10-binary.tar.gz", "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd"}},
         "cifar-10-batches-bin"},
        {"cifar100",
         {"https://www.cs.toronto.edu/~kriz/"},
         {{"cifar-100-binary.tar.gz", "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec"}},
         "cifar-100-binary"},
    };
    return all;
}

// Of several downloads into a folder each waits for the one before. curl has the lock, too: if the program is killed,
// it goes on writing.
class Turn {
  public:
    Turn(const fs::path& dir, const std::function<void(const std::string&)>& say)
        : folder_(::open(dir.c_str(), O_RDONLY | O_DIRECTORY)) {
        if (::flock(folder_, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) return;
        if (say) say("waiting for another download into " + dir.string());
        while (::flock(folder_, LOCK_EX) != 0 && errno == EINTR) continue;
    }
    ~Turn() { ::close(folder_); }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

  private:
    const int folder_;
};

// Runs a program without a shell and waits for it; its exit status.
int run(std::vector<std::string> words) {
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    pid_t child = 0;
    const int error = posix_spawnp(&child, arguments[0], nullptr, nullptr, arguments.data(), environ);
    require(error != ENOENT, "download", words[0], " is not installed: install it, or fetch by hand ", words.back());
    require(error == 0, "download", "cannot run ", words[0], ": ", std::strerror(error));
    int status = 0;
    while (waitpid(child, &status, 0) < 0) require(errno == EINTR, "download", "lost track of ", words[0]);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::string joined(const std::string& mirror, const std::string& file) {
    return mirror + (mirror.ends_with('/') ? "" : "/") + file;
}

class Download {
  public:
    Download(const RemoteSet& set, const fs::path& dir, const DownloadOptions& options)
        : set_(set), dir_(dir), options_(options) {}

    void fetch(const RemoteFile& file) const {
        const fs::path path = dir_ / file.name, part = dir_ / (file.name + ".part");
        if (fs::exists(path)) {
            require(sha256_of_file(path) == file.sha256, "download", path.string(),
                    " is there, but it is not the published file: its SHA-256 differs; move it away to fetch it again");
            return say(path.string() + " is already there");
        }
        std::string tried;
        for (const std::string& mirror : set_.mirrors) {
            const std::string trouble = fetch_from(joined(mirror, file.name), part, file.sha256);
            if (trouble.empty()) return fs::rename(part, path);
            tried += (tried.empty() ? "" : "; ") + trouble;
        }
        fail("download", "cannot fetch ", file.name, ": ", tried, fs::exists(part) ? "; run again to resume" : "");
    }

    // The folder of an archive appears whole: it is unpacked under another name first.
    void unpack(const fs::path& archive) const {
        const fs::path beside = dir_ / (set_.unpacks_to + ".part");
        fs::remove_all(beside);
        say("unpacking " + archive.string());
        try {
            unpack_tar(archive, beside);
            require(fs::is_directory(beside / set_.unpacks_to), "download", archive.string(), " holds no folder ",
                    set_.unpacks_to);
            fs::rename(beside / set_.unpacks_to, dir_ / set_.unpacks_to);
        } catch (...) {
            fs::remove_all(beside);
            throw;
        }
        fs::remove_all(beside);
        fs::remove(archive);
    }

  private:
    // Fetches `url` into `part`, or says what the trouble was. A part that cannot be resumed is dropped and fetched
    // again, once.
    std::string fetch_from(const std::string& url, const fs::path& part, const std::string& sha256) const {
        std::string trouble;
        for (bool resumed = true; resumed;) {
            resumed = fs::exists(part);
            if (resumed && sha256_of_file(part) == sha256) return "";
            say((resumed ? "resuming " : "fetching ") + url);
            const int status = run({"curl", "--fail", "--location", options_.progress ? "--progress-bar" : "--silent",
                                    "--connect-timeout", "20", "--continue-at", "-", "--output", part.string(), url});
            const std::string sum = status == 0 && fs::exists(part) ? sha256_of_file(part) : "";
            if (sum == sha256) return "";
            if (status != 0) {
                trouble = url + ": curl ended with status " + std::to_string(status) + meaning(status);
                // An interrupted transfer leaves a good part. Other trouble may come from the part itself.
                const bool cannot_resume = status == 22 || status == 33 || status == 36;
                if (resumed && cannot_resume)
                    fs::remove(part);
                else
                    resumed = false;
            } else {
                trouble = url + ": expected SHA-256 " + sha256 + ", found " + (sum.empty() ? "no file" : sum);
                fs::remove(part);
            }
        }
        return trouble;
    }

    static std::string meaning(int status) {
        switch (status) {
            case 6: return " (unknown host)";
            case 7: return " (no connection)";
            case 18: return " (the connection broke)";
            case 22: return " (the server does not have it)";
            case 23: return " (cannot write: is the disk full?)";
            case 28: return " (no answer)";
            case 37: return " (no such file)";
            default: return "";
        }
    }

    void say(const std::string& text) const {
        if (options_.say) options_.say(text);
    }

    const RemoteSet& set_;
    const fs::path& dir_;
    const DownloadOptions& options_;
};

}  // namespace

const RemoteSet& remote_set(const std::string& name) {
    const auto found = std::ranges::find(remote_sets(), name, &RemoteSet::name);
    if (found == remote_sets().end())
        fail("download", "\"", name, "\" is not a data set that can be fetched; known: ", listed(remote_set_names()));
    return *found;
}

std::vector<std::string> remote_set_names() {
    std::vector<std::string> names;
    for (const RemoteSet& set : remote_sets()) names.push_back(set.name);
    return names;
}

fs::path download(const RemoteSet& set, const fs::path& dir, const DownloadOptions& options) {
    const Download work(set, dir, options);
    try {
        fs::create_directories(dir);
        const Turn turn(dir, options.say);
        const fs::path folder = dir / set.unpacks_to;
        if (!set.unpacks_to.empty() && fs::exists(folder)) {
            if (options.say) options.say(folder.string() + " is already there");
            return dir;
        }
        for (const RemoteFile& file : set.files) work.fetch(file);
        if (!set.unpacks_to.empty()) work.unpack(dir / set.files[0].name);
    } catch (const fs::filesystem_error& error) {
        fail("download", "cannot write in ", dir.string(), ": ", error.code().message(),
             ". --dir names another folder");
    }
    return dir;
}

}  // namespace normlab
