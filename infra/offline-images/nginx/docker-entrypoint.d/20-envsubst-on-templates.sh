#!/bin/sh
# Fills /etc/nginx/templates/**/*.template into /etc/nginx/conf.d, where only the variables that the environment has
# are replaced, so that nginx's own ($host) stay. NGINX_ENVSUBST_TEMPLATE_DIR, _TEMPLATE_SUFFIX, _OUTPUT_DIR and
# _FILTER (an expression for names) mean what they mean in the official image.
set -e
templates=${NGINX_ENVSUBST_TEMPLATE_DIR:-/etc/nginx/templates}
suffix=${NGINX_ENVSUBST_TEMPLATE_SUFFIX:-.template}
output=${NGINX_ENVSUBST_OUTPUT_DIR:-/etc/nginx/conf.d}
[ -d "$templates" ] || exit 0
if [ ! -w "$output" ]; then
  echo "$0: $templates is there, but $output can't be written: no template is filled in" >&2
  exit 0
fi
variables=$(awk -v filter="${NGINX_ENVSUBST_FILTER:-}" \
  'BEGIN { for (name in ENVIRON) if (name ~ filter) printf "${%s} ", name }')
find -L "$templates" -type f -name "*$suffix" | while read -r template; do
  file=$output/${template#"$templates"/}
  file=${file%"$suffix"}
  mkdir -p "$(dirname "$file")"
  envsubst "$variables" <"$template" >"$file"
done
