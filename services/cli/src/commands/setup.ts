import { Argument, Option, type Command } from 'commander';
import { provisionMinio, provisionRedis } from '@alexnet/local';
import { chooseVariant, provisionTensorflow } from '@alexnet/tensorflow';
import { action, type CommandContext } from '../command.ts';

const PARTS = ['tensorflow', 'redis', 'minio'] as const;
type Part = (typeof PARTS)[number];

interface SetupOptions {
  variant?: 'auto' | 'cpu' | 'gpu';
}

export function register(command: Command): void {
  action<[Part[]], SetupOptions>(
    command
      .addArgument(
        new Argument(
          '[parts...]',
          'tensorflow: for a trainer, predict and export; redis and minio: for `alexnet up` (default: tensorflow and redis)',
        ).choices(PARTS),
      )
      .addOption(
        new Option(
          '--variant <variant>',
          'of TensorFlow; auto takes gpu where an NVIDIA driver is loaded (default: ALEXNET_TENSORFLOW)',
        ).choices(['auto', 'cpu', 'gpu']),
      ),
    'setup tensorflow --variant gpu',
    setup,
  );
}

async function setup(
  { config, output }: CommandContext,
  [given]: [Part[]],
  { variant = config.tensorflow }: SetupOptions,
): Promise<void> {
  const parts = given.length === 0 ? (['tensorflow', 'redis'] as const) : [...new Set(given)];
  const { cacheDir } = config;
  const onProgress = output.note;
  for (const part of parts) {
    if (part === 'tensorflow')
      await provisionTensorflow({ cacheDir, variant: await chooseVariant(variant), onProgress });
    else if (part === 'redis') await provisionRedis({ cacheDir, onProgress });
    else await provisionMinio({ cacheDir, onProgress });
  }
  output.result({ parts, cacheDir }, `Ready: ${parts.join(', ')} (in ${cacheDir}).`);
}
