#include "kernel/exported_symbols.h"

#include <cerrno>
#include <cstring>
#include <elf.h>
#include <fcntl.h>
#include <optional>
#include <stdexcept>
#include <unistd.h>

#include <boost/throw_exception.hpp>

namespace gantry::kernel {
namespace {

// Far more than any library has.
constexpr std::uint64_t kLargestTable = 256 << 20;

class OpenFile {
 public:
  explicit OpenFile(const std::filesystem::path& file) : fd_(::open(file.c_str(), O_RDONLY | O_CLOEXEC)) {}
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  ~OpenFile() {
    if (fd_ >= 0) ::close(fd_);
  }

  bool is_open() const { return fd_ >= 0; }

  // False unless all of it is there.
  bool read(std::uint64_t at, void* to, std::size_t size) const {
    auto* next = static_cast<char*>(to);
    while (size > 0) {
      const auto got = ::pread(fd_, next, size, static_cast<off_t>(at));
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) return false;
      next += got;
      at += static_cast<std::uint64_t>(got);
      size -= static_cast<std::size_t>(got);
    }
    return true;
  }

  template <class T>
  std::optional<std::vector<T>> read_table(std::uint64_t at, std::uint64_t bytes) const {
    if (bytes > kLargestTable || at > kLargestTable * kLargestTable) return std::nullopt;
    std::vector<T> table(bytes / sizeof(T));
    if (!read(at, table.data(), table.size() * sizeof(T))) return std::nullopt;
    return table;
  }

 private:
  int fd_;
};

bool is_library(const Elf64_Ehdr& header) {
  return std::memcmp(header.e_ident, ELFMAG, SELFMAG) == 0 && header.e_ident[EI_CLASS] == ELFCLASS64 &&
         header.e_ident[EI_DATA] == ELFDATA2LSB && header.e_type == ET_DYN &&
         header.e_shentsize == sizeof(Elf64_Shdr);
}

bool is_exported(const Elf64_Sym& symbol) {
  const auto binding = ELF64_ST_BIND(symbol.st_info);
  const auto visibility = ELF64_ST_VISIBILITY(symbol.st_other);
  return symbol.st_shndx != SHN_UNDEF && (binding == STB_GLOBAL || binding == STB_WEAK) &&
         (visibility == STV_DEFAULT || visibility == STV_PROTECTED);
}

}  // namespace

void throw_exception_from_error(const NotALibrary& error, const boost::source_location& where) {
  boost::throw_with_location(std::runtime_error(error.text), where);
}

boost::system::result<std::vector<std::string>, NotALibrary> exported_symbols(
    const std::filesystem::path& path, std::string_view prefix) {
  NotALibrary damaged{"is damaged: it ends before what its headers announce; copy it again"};
  const OpenFile file(path);
  if (!file.is_open()) return NotALibrary{"cannot be read: " + std::string(std::strerror(errno))};
  Elf64_Ehdr header{};
  if (!file.read(0, &header, sizeof header) || !is_library(header))
    return NotALibrary{"is not a shared library for this machine (ELF, 64 bit)"};
  const auto sections =
      file.read_table<Elf64_Shdr>(header.e_shoff, std::uint64_t{header.e_shnum} * sizeof(Elf64_Shdr));
  if (!sections) return damaged;

  std::vector<std::string> found;
  for (const auto& section : *sections) {
    if (section.sh_type != SHT_DYNSYM) continue;
    if (section.sh_link >= sections->size()) return damaged;
    const auto& names_at = (*sections)[section.sh_link];
    const auto symbols = file.read_table<Elf64_Sym>(section.sh_offset, section.sh_size);
    const auto names = file.read_table<char>(names_at.sh_offset, names_at.sh_size);
    if (!symbols || !names || names->empty() || names->back() != '\0') return damaged;
    for (const auto& symbol : *symbols) {
      if (symbol.st_name >= names->size()) return damaged;
      const std::string_view name(names->data() + symbol.st_name);
      if (is_exported(symbol) && name.starts_with(prefix)) found.emplace_back(name);
    }
  }
  return found;
}

}  // namespace gantry::kernel
