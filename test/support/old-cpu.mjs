// Loaded in front of a program (NODE_OPTIONS=--import), it is told that the CPU has no AVX-512. Opening the engine then ends the process, as the
// first unknown instruction would.
const open = process.dlopen.bind(process)

process.dlopen = (module, path, ...flags) => {
  if (path.endsWith('ryot.node')) process.abort()
  open(module, path, ...flags)
  if (!path.endsWith('cpuid.node')) return
  const {read} = module.exports
  module.exports = {read: () => ({...read(), avx512f: false, avx512vnni: false, avx512vbmi: false})}
}
