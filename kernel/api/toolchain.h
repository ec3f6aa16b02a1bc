// Which plugins this broker can load: the version of the plugin API and the tool chain, both in the *name* of
// the symbol that a plugin exports, so that the host can read them before it runs a line of the plugin.
//
//   gantry_plugin_api0_gcc12_libstdcxx12_boost108100_plain
//
// A compiler's family and major version, the standard library's, Boost's version, and the build mode as far
// as it changes what objects look like: `plain`, `asan`, `tsan`, or `stddebug` (_GLIBCXX_DEBUG). Debug and
// release are alike.
#pragma once

#include <boost/version.hpp>

// Changes with every change of kernel/api/ that a built plugin could notice; UPDATING.md says what changed.
#define GANTRY_PLUGIN_API 0

#if defined(__clang__)
#define GANTRY_COMPILER clang
#define GANTRY_COMPILER_VERSION __clang_major__
#elif defined(__GNUC__)
#define GANTRY_COMPILER gcc
#define GANTRY_COMPILER_VERSION __GNUC__
#else
#error "Gantry plugins are built with GCC or Clang"
#endif

#ifndef _GLIBCXX_RELEASE
#error "Gantry plugins are built with libstdc++"
#endif

#if defined(__SANITIZE_ADDRESS__)
#define GANTRY_BUILD_MODE asan
#elif defined(__SANITIZE_THREAD__)
#define GANTRY_BUILD_MODE tsan
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define GANTRY_BUILD_MODE asan
#elif __has_feature(thread_sanitizer)
#define GANTRY_BUILD_MODE tsan
#endif
#endif
#ifndef GANTRY_BUILD_MODE
#ifdef _GLIBCXX_DEBUG
#define GANTRY_BUILD_MODE stddebug
#else
#define GANTRY_BUILD_MODE plain
#endif
#endif

#define GANTRY_PLUGIN_JOIN2(api, compiler, version, library, boost, mode) \
  gantry_plugin_api##api##_##compiler##version##_libstdcxx##library##_boost##boost##_##mode
#define GANTRY_PLUGIN_JOIN(api, compiler, version, library, boost, mode) \
  GANTRY_PLUGIN_JOIN2(api, compiler, version, library, boost, mode)
#define GANTRY_PLUGIN_SYMBOL                                                                        \
  GANTRY_PLUGIN_JOIN(GANTRY_PLUGIN_API, GANTRY_COMPILER, GANTRY_COMPILER_VERSION, _GLIBCXX_RELEASE, \
                     BOOST_VERSION, GANTRY_BUILD_MODE)
#define GANTRY_PLUGIN_QUOTE2(text) #text
#define GANTRY_PLUGIN_QUOTE(text) GANTRY_PLUGIN_QUOTE2(text)

namespace gantry::api {

// The symbol's name as text, of whoever includes this.
inline constexpr char kPluginSymbol[] = GANTRY_PLUGIN_QUOTE(GANTRY_PLUGIN_SYMBOL);

}  // namespace gantry::api
