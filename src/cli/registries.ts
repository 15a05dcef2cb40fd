/** The names that flags, configuration and help offer, without loading what stands behind them. */
export const VECTOR_INDEXES = ['auto', 'flat', 'hnsw'] as const
export const BENCH_SUITES = ['startup', 'scan', 'moves', 'library', 'search', 'embed', 'video', 'audio', 'ryot'] as const
export const MODEL_SIZES = ['700m', '2b'] as const
export const KERNELS = ['auto', 'vnni', 'table', 'scalar'] as const
