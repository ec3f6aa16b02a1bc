// The names that a shared library exports, read from its file without loading it: not a line of it runs.
//
// Any file may be given, also one that was copied by half: every place in it is checked before it is read.
// (Boost.DLL's library_info trusts what the file says of itself.) Thread: any; the call reads the file.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <boost/system/result.hpp>

namespace gantry::kernel {

// What is wrong with the file, to follow its name: "is not a shared library (ELF, 64 bit)".
struct NotALibrary {
  std::string text;
};
[[noreturn]] void throw_exception_from_error(const NotALibrary& error, const boost::source_location& where);

// Defined symbols of the dynamic symbol table whose names begin with `prefix`, in the file's order.
boost::system::result<std::vector<std::string>, NotALibrary> exported_symbols(
    const std::filesystem::path& file, std::string_view prefix);

}  // namespace gantry::kernel
