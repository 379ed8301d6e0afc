/** A log file as it was put where a source looks, with the fault that it has to get through. */
export interface TrueFile {
  /** The name of its bucket, or the path of its directory. */
  readonly bucket: string;
  readonly key: string;
  readonly accountId: string;
  /** Each as it is written there. */
  readonly records: readonly string[];
  readonly fault: string;
}

export const fileName = ({ bucket, key }: Pick<TrueFile, 'bucket' | 'key'>) => `${bucket}/${key}`;
