import type { Attachment } from '@pennypost/sdk'
import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { cleanFileName, imageTypeOf, saveFile, sayBytes } from '../thread/file.ts'

type Props = {
  readonly file: Attachment
  /** Whether somebody has sent it of whom this account has said nothing. */
  readonly isForeign: boolean
  readonly tabIndex: 0 | -1
}

/** A file that somebody has sent: to be saved; and seen, where it is an image that only draws. A stranger's is drawn when asked for. */
export function FileOf({ file, isForeign, tabIndex }: Props) {
  const isSeen = useSignal(!isForeign)
  const type = imageTypeOf(file)
  const name = cleanFileName(file.filename)
  return (
    <div class="file">
      {type && isSeen.value && <Picture file={file} type={type} name={name} />}
      <p>
        <bdi class="foreign">{name}</bdi> <small>{sayBytes(file.data.length)}</small>
      </p>
      <p>
        <button
          type="button"
          class="quiet small"
          tabIndex={tabIndex}
          aria-label={`Save ${name}`}
          onClick={() => saveFile(file)}
        >
          Save
        </button>
        {type && !isSeen.value && (
          <button type="button" class="quiet small" tabIndex={tabIndex} onClick={() => (isSeen.value = true)}>
            Show the picture
          </button>
        )}
      </p>
    </div>
  )
}

function Picture({ file, type, name }: { readonly file: Attachment; readonly type: string; readonly name: string }) {
  const url = useSignal<string | undefined>(undefined)
  const isBroken = useSignal(false)
  useEffect(() => {
    const made = URL.createObjectURL(new Blob([file.data as Uint8Array<ArrayBuffer>], { type }))
    url.value = made
    return () => URL.revokeObjectURL(made)
  }, [file.data, type])
  if (isBroken.value) return <p class="fine">A picture that cannot be drawn.</p>
  return url.value === undefined ? null : <img src={url.value} alt={name} onError={() => (isBroken.value = true)} />
}
